import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, type Page } from '@playwright/test';

let host: ChildProcess;
let links: string[];
let elsewhere: Server;

test.beforeEach(async ({ page }) => {
  links = [];
  const home = await mkdtemp(join(tmpdir(), 'calibrant web ä-'));
  host = fork(resolve(import.meta.dirname, '../../src-main/hosts/web/main.ts'), ['--home', home], { silent: true, execArgv: [] });
  host.stdout?.on('data', (text) => links.push(...(String(text).match(/http\S+/g) ?? [])));
  await expect.poll(() => links.length).toBe(1);
  elsewhere = createServer((_request, response) => response.end('another site')).listen(0, '127.0.0.1');
  await page.addInitScript(() => {
    const { violations } = Object.assign(globalThis, { violations: [] as string[] });
    addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
});
test.afterEach(async () => {
  elsewhere?.close();
  if (!host || host.exitCode !== null) return;
  host.kill('SIGTERM');
  expect(await once(host, 'exit')).toEqual([0, null]);
});

const token = (page: Page) => page.evaluate(() => sessionStorage.getItem('calibrant-token'));
const socketOpens = (page: Page, url: string) =>
  page.evaluate(
    (address) =>
      new Promise((done) => {
        const socket = new WebSocket(address);
        socket.onopen = () => done(true);
        socket.onerror = () => done(false);
      }),
    url,
  );

test('a link lets one tab in, leaves the address bar, and survives a reload of that tab', { tag: '@web' }, async ({ page, context }) => {
  await page.goto(links[0] ?? '');
  await expect.poll(() => token(page)).not.toBeNull();
  expect(page.url()).not.toContain('code');
  await expect.poll(() => links.length).toBe(2);
  await page.reload();
  expect(await token(page)).not.toBeNull();
  expect(await page.evaluate(() => (globalThis as { violations?: string[] }).violations)).toEqual([]);

  const second = await context.newPage();
  await second.goto(links[0] ?? '');
  await expect.poll(() => second.url()).not.toContain('code');
  expect(await token(second)).toBeNull();
});

test('another site reaches nothing', { tag: '@web' }, async ({ page }) => {
  const home = new URL(links[0] ?? '').origin;
  await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
  const outcomes = await page.evaluate(
    (origin) =>
      Promise.all(
        [fetch(origin), fetch(`${origin}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })].map((answer) =>
          answer.then(
            () => 'answered',
            () => 'failed',
          ),
        ),
      ),
    home,
  );
  expect(outcomes).toEqual(['failed', 'failed']);
  expect(await socketOpens(page, `${home.replace('http', 'ws')}/socket`)).toBe(false);
  expect((await page.goto(`${home}/`).then((answer) => answer?.status())) ?? 0).toBe(200);
  expect(await socketOpens(page, `${home.replace('http', 'ws')}/socket`)).toBe(true);
});
