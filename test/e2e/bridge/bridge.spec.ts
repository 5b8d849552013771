import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Bridge } from '../../../src-renderer/client/bridge.ts';
import { launchBridge, type BridgeHost } from './launch.ts';

type Window = typeof globalThis & { calibrant: Bridge; violations: string[]; calibrantPaths: Record<string, string> };

let host: BridgeHost;
let folder: string;

test.beforeEach(async ({ page }) => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'calibrant bridge ä-')));
  host = await launchBridge(join(folder, 'home'));
  await page.addInitScript(() => {
    const { violations } = Object.assign(globalThis, { violations: [] as string[] });
    addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await host.attach(page);
  await page.goto(host.url);
});
test.afterEach(() => host?.close());

test('the real preload, IPC and application answer a real page under the real policy', async ({ page }) => {
  expect(await page.evaluate(() => Object.keys((globalThis as Window).calibrant))).toEqual(['call', 'onEvent', 'pathOf']);
  expect(await page.evaluate(() => (globalThis as Window).calibrant.call('host.describe', {}))).toMatchObject({
    ok: true,
    value: { host: 'desktop', picks: 'dialog', home: join(folder, 'home') },
  });
  const created = page.evaluate(
    () => new Promise((done) => (globalThis as Window).calibrant.onEvent((event) => event.event === 'changed' && done(event.payload))),
  );
  await page.evaluate(() => (globalThis as Window).calibrant.call('projects.create', { name: 'Brücke' }));
  expect(await created).toMatchObject({ what: expect.stringMatching('project') as unknown });
  expect(await page.evaluate(() => (globalThis as Window).violations)).toEqual([]);
});

test('paths count once they were chosen or dropped', async ({ page }) => {
  const model = join(folder, 'm.onnx');
  await writeFile(model, 'no model');
  const add = () =>
    page.evaluate(async (path) => {
      const { calibrant } = globalThis as Window;
      const projects = await calibrant.call('projects.create', { name: 'p' });
      const projectId = projects.ok ? (projects.value as { id: string }).id : '';
      const answer = await calibrant.call('models.add', { projectId, path });
      return answer.ok ? 'added' : answer.error.code;
    }, model);
  expect(await add()).toBe('path-not-allowed');
  await host.choose(model);
  expect(await page.evaluate(() => (globalThis as Window).calibrant.call('host.pick', { what: 'model' }))).toEqual({ ok: true, value: model });
  expect(await add()).not.toBe('path-not-allowed');
});

test('there is no network', async ({ page }) => {
  const outcome = await page.evaluate(() =>
    fetch('https://example.invalid').then(
      () => 'went out',
      () => 'refused',
    ),
  );
  expect(outcome).toBe('refused');
  expect(await page.evaluate(() => (globalThis as Window).violations)).toEqual(['connect-src https://example.invalid/']);
});
