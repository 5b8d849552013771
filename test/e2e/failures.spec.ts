import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { startHost } from './support/host.ts';
import { childrenOf } from './support/processes.ts';
import { go, openSample, quantize, runState } from './support/story.ts';
import { expect, test } from './support/window.ts';

/** A run of the open sample that is at work on images now; on all of them, so that it lasts long enough to be met there. */
async function startRun(window: Page): Promise<void> {
  await go(window, 'Recipe');
  await window.getByRole('spinbutton', { name: 'Images that calibrate' }).fill('400');
  await quantize(window);
  await expect(window.locator('.stages [aria-current]')).toContainText(/collecting|measuring/);
}

/** What is left of work that was under way; nothing of it may stay. */
async function leftovers(home: string): Promise<string[]> {
  const folders = [join(home, 'files', 'tmp'), join(home, 'work'), join(home, 'incoming')];
  const lists = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true }).catch(() => [])));
  return lists.flat();
}

test('a running job is cancelled within a second', async ({ window, home }) => {
  await openSample(window);
  await startRun(window);
  const milliseconds = await window.evaluate(
    () =>
      new Promise<number>((done) => {
        const state = document.querySelector('.run .run-state');
        const cancel = [...document.querySelectorAll<HTMLButtonElement>('.run button')].find((button) => button.textContent.trim() === 'Cancel');
        const from = performance.now();
        new MutationObserver(() => {
          if (document.querySelector('.run .run-state')?.textContent.includes('cancelled')) done(performance.now() - from);
        }).observe(state?.closest('.run') ?? document.body, { subtree: true, childList: true, characterData: true, attributes: true });
        cancel?.click();
      }),
  );
  expect(milliseconds).toBeLessThan(1000);
  await expect(window.getByText('Cancelled. Nothing was written')).toBeVisible();
  await expect(window.getByRole('button', { name: 'Run again' })).toBeVisible();
  expect(await leftovers(home)).toEqual([]);
});

test('a runner that is killed from outside leaves an interrupted run and a living window', async ({ window, host, home }) => {
  test.skip(process.platform !== 'linux', 'finds the runner through /proc');
  await openSample(window);
  await go(window, 'Recipe');
  await expect(window.getByRole('grid', { name: /^Nodes/ })).toContainText('Conv');
  const before = new Set(childrenOf(host.pid));
  await startRun(window);
  const [runner] = childrenOf(host.pid).filter((pid) => !before.has(pid));
  process.kill(runner ?? -1, 'SIGKILL');
  await expect(runState(window)).toHaveText(/interrupted/);
  await expect(window.getByRole('alert')).toContainText('start it again');
  await expect(window.getByRole('alert')).toContainText('job-interrupted');
  expect(await leftovers(home)).toEqual([]);

  await window.getByRole('button', { name: 'Run again' }).click();
  await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
});

test('a dropped file that is no model is refused in words, with its code in the details', async ({ window, home, context }, { project }) => {
  test.skip(project.name === 'desktop', 'a synthetic drop has no path there');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const path = join(home, 'no model.onnx');
  await writeFile(path, 'this is a letter');
  await expect(window.getByRole('button', { name: 'Open the sample' })).toBeVisible();
  await window.evaluate((at) => {
    // What a real browser process would know of the file; only the bridge asks.
    Object.assign(globalThis, { calibrantPaths: { 'no model.onnx': at } });
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['this is a letter'], 'no model.onnx'));
    dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
  }, path);
  const notice = window.getByRole('status').filter({ hasText: 'no model.onnx' });
  await expect(notice).toContainText('ONNX');
  await notice.getByRole('button', { name: 'Copy details' }).click();
  expect(JSON.parse(await window.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ code: 'model-not-onnx' });
  await expect(window.getByText('This project has no model yet')).toBeVisible();
});

test('a second start on the same data folder says so, and the first goes on', async ({ window, home }, { project }) => {
  test.skip(project.name === 'web', 'leads to the first window there: test/hosts/web/lifetime.test.ts');
  await expect(startHost(project.name, home)).rejects.toThrow(/already running/);
  await openSample(window);
});

test('a host that is killed during a job leaves an interrupted run and nothing half-written', async ({ context, home }, { project }) => {
  const killed = await startHost(project.name, home);
  const first = await killed.show(await context.newPage());
  await openSample(first);
  await startRun(first);
  const place = new URL(first.url()).hash;
  await killed.kill();
  await first.close();

  const host = await startHost(project.name, home);
  try {
    expect(await leftovers(home)).toEqual([]);
    const window = await host.show(await context.newPage());
    await expect(window.getByText('Sample: machine parts')).toBeVisible();
    await window.evaluate((hash) => void (location.hash = hash), place);
    await expect(runState(window)).toHaveText(/interrupted/);
    await expect(window.getByRole('alert')).toContainText(/start it again/i);
    await window.getByRole('button', { name: 'Run again' }).click();
    await expect(runState(window)).toHaveText(/done/, { timeout: 60_000 });
  } finally {
    await host.stop();
  }
});

test('a removed project says so at its address, without its runs, and comes back with an undo', async ({ window }) => {
  await openSample(window);
  const place = new URL(window.url()).hash;
  await go(window, 'Projects');
  await window.getByRole('button', { name: /^Remove/ }).click();
  await window.evaluate((hash) => void (location.hash = hash), place);
  await expect(window.getByRole('alert')).toContainText('This project cannot be opened');
  await expect(window.getByRole('contentinfo', { name: 'Status' })).toContainText('Your work is kept in');
  await window.getByRole('button', { name: 'Undo' }).click();
  await expect(window.getByRole('grid', { name: 'Operators of the model' })).toBeVisible();
});
