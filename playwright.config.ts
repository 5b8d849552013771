import { defineConfig } from '@playwright/test';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findChromium } from './test/e2e/chromium.ts';

// As in vitest.config.ts: hosts and runners are started many times from the same sources.
process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, 'node_modules/.cache/node');

const hasElectron = existsSync(resolve(import.meta.dirname, 'node_modules/electron/dist'));
// Workers read this file again; once is enough.
if (!hasElectron && process.env['TEST_WORKER_INDEX'] === undefined)
  console.log('No Electron binary here: the project "desktop" is skipped; "bridge" runs its preload and IPC code instead.');

/** The page is the same in every host: what is about the page alone, or about the web host, runs there only. No other host is started for it. */
const elsewhere = { grepInvert: /@web/ };

/** Every other scenario runs in each project: what differs is the host behind the window (docs/architecture.md, "Tests"). */
export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  // Two would share two cores with the jobs that they start, and wait for each other in places that nobody meets otherwise.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: findChromium() ?? '',
      // Root in a container has no user namespaces; the rest keeps a test browser from talking to anybody.
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'],
    },
  },
  projects: [
    { name: 'web', testIgnore: '**/bridge/**' },
    { name: 'bridge', ...elsewhere },
    ...(hasElectron ? [{ name: 'desktop', testIgnore: '**/bridge/**', ...elsewhere }] : []),
  ],
});
