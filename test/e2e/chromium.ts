import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CANDIDATES = [
  process.env['CALIBRANT_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium that the end-to-end tests drive, or null. */
export function findChromium(): string | null {
  return CANDIDATES.find((path): path is string => path !== undefined && existsSync(path)) ?? null;
}

/** Run before Playwright: Playwright's own browser download is not used, since closed networks do not reach it. */
if (import.meta.main) {
  if (!findChromium() && process.platform === 'linux' && process.getuid?.() === 0) {
    console.log('No Chromium found: installing Debian’s package.');
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (!findChromium()) {
    console.error('The end-to-end tests need Chromium: install it (Debian: apt-get install chromium) or name one in CALIBRANT_CHROMIUM.');
    process.exit(1);
  }
}
