import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { linkOfRunning } from '../../../src-main/hosts/web/running.ts';

const main = resolve(import.meta.dirname, '../../../src-main/hosts/web/main.ts');
let home: string;
let started: Started[];

interface Started {
  child: ChildProcess;
  out: string;
  err: string;
}

/** The web host as a process, with the sources as pages, so that nothing has to be built for this. */
function start(...args: string[]): Started {
  const child = fork(main, ['--home', home, '--dev', ...args], { silent: true, execArgv: [] });
  const host: Started = { child, out: '', err: '' };
  child.stdout?.on('data', (text) => (host.out += String(text)));
  child.stderr?.on('data', (text) => (host.err += String(text)));
  started.push(host);
  return host;
}

const linksOf = ({ out }: Started): string[] => out.match(/http\S+/g) ?? [];
const isReady = (host: Started) => expect.poll(() => linksOf(host).length, { timeout: 20_000 }).toBeGreaterThan(0);

beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'calibrant-lifetime-')), 'home ä');
  started = [];
});
afterEach(() => {
  for (const { child } of started) child.kill('SIGKILL');
});

it.each(['SIGTERM', 'SIGINT'] as const)('closes cleanly on %s', async (signal) => {
  const host = start();
  await isReady(host);
  host.child.kill(signal);
  expect(await once(host.child, 'exit')).toEqual([0, null]);
  expect(await readdir(home)).not.toContain('web-host.json');
  expect(await readdir(home)).not.toContain('running.json');
});

it('leads a second start on the same data folder to the first, which is not disturbed', async () => {
  const first = start();
  await isReady(first);
  expect((await stat(join(home, 'web-host.json'))).mode & 0o777).toBe(0o600);
  const second = start();
  expect(await once(second.child, 'exit')).toEqual([1, null]);
  expect(second.err).toMatch(/^calibrant: Calibrant is already running.* \[home-in-use\]\n$/);
  const [link] = linksOf(second);
  expect(new URL(link ?? '').port).toBe(new URL(linksOf(first)[0] ?? '').port);
  const { origin, hash } = new URL(link ?? '');
  const reply = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: hash.slice('#code='.length) }),
  });
  expect(reply.status).toBe(200);
});

it('shows its secrets to nobody but its stdout', async () => {
  const host = start();
  await isReady(host);
  expect(host.child.spawnargs.join(' ')).not.toContain('code=');
  expect(host.err).not.toContain('code=');
});

it('does not believe a file that a crash left behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calibrant-stale-'));
  expect(await linkOfRunning(folder)).toBeNull();
  for (const left of [{ pid: 2 ** 22 + 1, startedAt: '', port: 1, token: 't' }, { pid: process.pid, startedAt: '', port: 1, token: 't' }, 'x']) {
    await writeFile(join(folder, 'web-host.json'), JSON.stringify(left));
    expect(await linkOfRunning(folder)).toBeNull();
  }
});
