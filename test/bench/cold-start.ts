/**
 * From starting the web host to a screen that can be used, with 100 runs in the project. Goal: < 2 s in Chromium. The browser itself is open already, as it
 * is on a workstation. Needs `npm run build` and Chromium. Run: node test/bench/cold-start.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { openStore } from '../../src-main/store/store.ts';
import { findChromium } from '../e2e/chromium.ts';
import { startWebProcess } from '../e2e/support/web-process.ts';
import { seed } from '../store/seeded.ts';

const RUNS = 100;
const ROUNDS = 5;

const executablePath = findChromium();
if (!executablePath) throw new Error('No Chromium found: install it, or name one in CALIBRANT_CHROMIUM');
const home = await mkdtemp(join(tmpdir(), 'calibrant-bench-'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const store = await openStore(home);
  const { project, start, finish } = await seed(store);
  for (let i = 0; i < RUNS; i++) await finish(start(`run ${i}`));
  store.close();

  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now();
    const host = await startWebProcess(home);
    const page = await browser.newPage();
    const url = new URL(host.link);
    await page.goto(host.link);
    await page.getByRole('link', { name: project.name }).first().waitFor();
    await page.goto(`${url.origin}/#/p/${project.id}/runs`);
    await page
      .getByText(`run ${RUNS - 1}`, { exact: true })
      .first()
      .waitFor();
    times.push(performance.now() - before);
    await page.close();
    await host.stop();
  }
  times.sort((a, b) => a - b);
  const seconds = (ms: number | undefined): string => `${((ms ?? NaN) / 1000).toFixed(2)} s`;
  console.log(`web host started → table of ${RUNS} runs usable: ${seconds(times[ROUNDS >> 1])} median, ${seconds(times.at(-1))} worst of ${ROUNDS}`);
} finally {
  await browser.close();
  await rm(home, { recursive: true, force: true });
}
