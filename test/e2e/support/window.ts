import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, test as base, type Page } from '@playwright/test';
import { launchBridge } from '../bridge/launch.ts';
import { startWebProcess } from './web-process.ts';

interface Fixtures {
  /** A data folder of its own, with a space and non-ASCII letters in its path. */
  home: string;
  /** Calibrant's window on that data folder, in the host that the project names. */
  window: Page;
  /** What the content security policy has refused so far. */
  violations: string[];
}

/** Scenarios are written once; the project (web, bridge, desktop) decides which host is behind the window. */
export const test = base.extend<Fixtures>({
  // Playwright reads the fixtures' dependencies off the first parameter, so it has to be a pattern even when it is empty.
  home: async ({}, use) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'calibrant e2e ä-')));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
  violations: async ({}, use) => use([]),
  window: async ({ page, home, violations }, use, { project }) => {
    if (project.name === 'desktop') {
      const electron = await _electron.launch({ args: ['.'], env: { ...process.env, CALIBRANT_HOME: home } });
      await use(await electron.firstWindow());
      await electron.close();
      return;
    }
    await page.exposeFunction('reportViolation', (text: string) => void violations.push(text));
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        void (globalThis as unknown as { reportViolation(text: string): void }).reportViolation(`${violatedDirective} ${blockedURI}`);
      });
    });
    if (project.name === 'bridge') {
      const host = await launchBridge(home);
      await host.attach(page);
      await page.goto(host.url);
      await use(page);
      await host.close();
    } else {
      const host = await startWebProcess(home);
      await page.goto(host.link);
      await use(page);
      await host.stop();
    }
  },
});

export { expect } from '@playwright/test';
