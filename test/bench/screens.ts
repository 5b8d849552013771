/**
 * How fast the window is with a project of 500 runs and a model of 1,000 nodes and 2,000 tensors, in Chromium at 1440×900 against the web host. Goals: any screen
 * after any other < 300 ms, scrolling p95 frame < 32 ms, heatmap of 2,000 × 8 < 300 ms, graph of 1,000 nodes < 3 s without blocking input.
 * Needs `npm run build` and Chromium. Run: node test/bench/screens.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { findChromium } from '../e2e/chromium.ts';
import { startWebProcess } from '../e2e/support/web-process.ts';
import { fillHome, NODES, RUNS, TENSORS } from './screens/home.ts';

const SCREENS = { Model: '[role=grid] [aria-rowindex="5"]', Data: 'h2', Recipe: 'h2', Runs: '[role=grid] [aria-rowindex="5"]', Evidence: '[role=tabpanel] section' } as const; // prettier-ignore
type Screen = keyof typeof SCREENS;

const lines: string[] = [];
function report(what: string, value: number, goal: number | null, note = ''): void {
  const verdict = goal === null ? '' : `goal < ${goal} ms  ${value < goal ? 'met' : 'NOT MET'}`;
  lines.push(`${what.padEnd(52)} ${value.toFixed(0).padStart(6)} ms  ${verdict} ${note}`.trimEnd());
}

/** From a click in the page to two frames after `ready` is there and nothing is loading; with the longest task of the main thread on the way. */
async function timed(page: Page, click: string, ready: string): Promise<{ ms: number; longest: number }> {
  return await page.evaluate(
    async ([from, to]) => {
      const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done));
      let longest = 0;
      const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (longest = Math.max(longest, duration))));
      observer.observe({ entryTypes: ['longtask'] });
      const start = performance.now();
      const target = document.querySelector<HTMLElement>(from ?? '');
      // Tabs open when the button goes down.
      target?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, button: 0 }));
      target?.click();
      const isThere = (): boolean => document.querySelector(`${from}:is([aria-current=page], [aria-selected=true])`) !== null;
      const isReady = (): boolean =>
        isThere() && document.querySelector(`main ${to}`) !== null && !document.querySelector('main .skeleton, main [aria-busy=true]');
      while (!isReady()) {
        if (performance.now() - start > 20_000) throw new Error(`${to} never came`);
        await frame();
      }
      await frame();
      await frame();
      const ms = performance.now() - start;
      await new Promise((done) => setTimeout(done, 60));
      observer.disconnect();
      return { ms, longest };
    },
    [click, ready],
  );
}

const screenLink = async (page: Page, screen: Screen): Promise<string> => {
  const href = await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).getAttribute('href');
  return `nav[aria-label=Screens] a[href=${JSON.stringify(href)}]`;
};

const goTo = async (page: Page, screen: Screen): Promise<number> => {
  const link = await screenLink(page, screen);
  const { ms } = await timed(page, link, SCREENS[screen]);
  await page.locator(`${link}[aria-current=page]`).waitFor();
  return ms;
};

/** p95 of the frames while a table is scrolled from top to bottom, 90 px a frame. */
async function scrolling(page: Page, grid: string): Promise<number> {
  return await page.evaluate(async (selector) => {
    const box = document.querySelector<HTMLElement>(selector);
    if (!box) throw new Error(`there is no ${selector}`);
    const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done));
    const times: number[] = [];
    let last = await frame();
    for (let i = 0; i < 150; i++) {
      box.scrollTop += 90;
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? NaN;
  }, grid);
}

const executablePath = findChromium();
if (!executablePath) throw new Error('No Chromium found: install it, or name one in CALIBRANT_CHROMIUM');
const home = await mkdtemp(join(tmpdir(), 'calibrant-bench-'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const projectId = await fillHome(home);
  const host = await startWebProcess(home);
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(host.link);
    await page.getByRole('link', { name: '500 runs' }).first().waitFor();
    const before = performance.now();
    await page.goto(`${new URL(host.link).origin}/#/p/${projectId}/runs`);
    await page
      .getByText(`run ${RUNS - 1}`, { exact: true })
      .first()
      .waitFor();
    report(`project of ${RUNS} runs opened`, performance.now() - before, null);

    const names = Object.keys(SCREENS) as Screen[];
    const first: string[] = [];
    for (const name of names) first.push(`${name} ${(await goTo(page, name)).toFixed(0)}`);
    const switches: { from: Screen; to: Screen; ms: number }[] = [];
    for (const from of names) {
      for (const to of names.filter((name) => name !== from)) {
        await goTo(page, from);
        switches.push({ from, to, ms: await goTo(page, to) });
      }
    }
    const slowest = switches.reduce((a, b) => (a.ms > b.ms ? a : b));
    report(`slowest of ${switches.length} switches between screens`, slowest.ms, 300, `(${slowest.from} → ${slowest.to})`);
    for (const to of names) report(`  to ${to}, slowest`, Math.max(...switches.filter((one) => one.to === to).map(({ ms }) => ms)), 300);
    lines.push(`  each for the first time, its code loaded too (ms): ${first.join(', ')}`);

    await goTo(page, 'Runs');
    report(`scrolling ${RUNS} runs, p95 frame`, await scrolling(page, '[role=grid]'), 32);
    const typed = performance.now();
    await page.getByRole('searchbox', { name: 'Filter the runs' }).fill('tag:sweep drop<6');
    await page.getByText(/of 500 runs/).waitFor();
    report('filter of the runs, typed to shown', performance.now() - typed, null);

    await goTo(page, 'Evidence');
    const tab = async (name: string, ready: string): Promise<{ ms: number; longest: number }> => {
      const id = await page.getByRole('tab', { name }).getAttribute('id');
      return await timed(page, `[id=${JSON.stringify(id)}]`, ready);
    };
    await tab('Layers', 'canvas');
    await tab('Overview', '[role=tabpanel] section');
    const heatmap = await tab('Layers', 'canvas');
    report(`heatmap of ${TENSORS} tensors drawn`, heatmap.ms, 300);
    report(`scrolling the table of ${TENSORS} tensors, p95 frame`, await scrolling(page, '[role=tabpanel] [role=grid][aria-rowcount]'), 32);
    await tab('Histograms', '[role=grid] [aria-rowindex="5"]');
    report(`scrolling the list of ${TENSORS} histograms, p95 frame`, await scrolling(page, '[role=grid]'), 32);
    const drawn = '[role=application][data-state=drawn]';
    const graph = await tab('Graph', drawn);
    report(`graph of ${NODES} nodes opened, in blocks`, graph.ms, 3000, `longest task of the main thread ${graph.longest.toFixed(0)} ms`);
    const opening = performance.now();
    await page.getByRole('button', { name: 'Open all' }).click();
    await page.locator('[role=application]:not([data-state=drawn])').waitFor();
    await page.locator(drawn).waitFor();
    report(`all its ${NODES} nodes laid out`, performance.now() - opening, 3000);
  } finally {
    await host.stop();
  }
} finally {
  console.log(lines.join('\n'));
  await browser.close();
  await rm(home, { recursive: true, force: true });
}
