import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CalibrantError } from '../../contract/errors.ts';
import { failureOf } from '../failure.ts';
import { PLACES } from '../places.ts';
import { serveUntilStopped } from '../web/main.ts';

/** A closed network often swallows requests without an answer; whoever has a slow one fetches the binary by hand. */
const FETCH_WITHIN_MS = 30_000;

/** `npm start` in a checkout: the desktop window where Electron's binary is or can be had, the same window in a browser elsewhere. */
async function start(): Promise<void> {
  if (isStale()) build();
  const electron = electronBinary() ?? fetchElectron();
  if (electron !== null) {
    const child = spawn(electron, [join(PLACES.root, 'dist/main/desktop.js')], { stdio: 'inherit' });
    child.on('exit', (code) => (process.exitCode = code ?? 1));
    return;
  }
  console.log('No Electron binary here ("npx install-electron" fetches it), so the window opens in a browser:');
  await serveUntilStopped({});
}

/** True when the sources are newer than what was built of them. */
function isStale(): boolean {
  const page = join(PLACES.renderer, 'index.html');
  if (!existsSync(page) || !existsSync(PLACES.preload)) return true;
  const built = Math.min(statSync(page).mtimeMs, statSync(PLACES.preload).mtimeMs);
  return ['src-main', 'src-renderer'].some((folder) =>
    readdirSync(join(PLACES.root, folder), { withFileTypes: true, recursive: true }).some(
      (entry) => entry.isFile() && statSync(join(entry.parentPath, entry.name)).mtimeMs > built,
    ),
  );
}

function build(): void {
  const { npm_execpath: npm } = process.env;
  // Its words go to stderr, so that stdout carries nothing but the link.
  const stdio = ['ignore', 2, 2] as const;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const { status } = spawnSync(command, [...args, 'run', '--silent', 'build'], {
    cwd: PLACES.root,
    stdio: [...stdio],
    shell: !npm && process.platform === 'win32',
  });
  if (status !== 0) throw new CalibrantError('host-cannot', 'The window could not be built, see above; "npm ci" and then "npm start" may help.');
}

function electronBinary(): string | null {
  const folder = join(PLACES.root, 'node_modules/electron');
  const named = join(folder, 'path.txt');
  const binary = existsSync(named) ? join(folder, 'dist', readFileSync(named, 'utf8').trim()) : null;
  return binary !== null && existsSync(binary) ? binary : null;
}

/** Electron's own installer, tried once: the npm package has not brought the binary along since version 42. */
function fetchElectron(): string | null {
  const installer = join(PLACES.root, 'node_modules/electron/install.js');
  if (!existsSync(installer)) return null;
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: FETCH_WITHIN_MS, killSignal: 'SIGKILL' });
  return electronBinary();
}

try {
  await start();
} catch (thrown) {
  const { line, exitCode } = failureOf(thrown);
  console.error(line);
  process.exitCode = exitCode;
}
