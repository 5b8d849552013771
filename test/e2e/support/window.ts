import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type Page } from '@playwright/test';
import { startHost, type Host } from './host.ts';

interface Fixtures {
  /** A data folder of its own, with a space and non-ASCII letters in its path. */
  home: string;
  /** Calibrant on that data folder, in the host that the project names. */
  host: Host;
  /** Its window. */
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
  host: async ({ home }, use, { project }) => {
    const host = await startHost(project.name, home);
    await use(host);
    await host.stop();
  },
  window: async ({ page, host, violations }, use) => {
    await page.exposeFunction('reportViolation', (text: string) => void violations.push(text));
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        void (globalThis as unknown as { reportViolation(text: string): void }).reportViolation(`${violatedDirective} ${blockedURI}`);
      });
    });
    await use(await host.show(page));
  },
});

export { expect } from '@playwright/test';
