import { readFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connect } from '../../src-renderer/client/connect.ts';
import { createFakeApp } from '../fakes/app.ts';
import { startTestHost, type TestHost } from '../hosts/web/fixture.ts';
import { PageSocket } from './page-socket.ts';

let host: TestHost;
let kept: Map<string, string>;

/** A tab at this address: what the client touches of it, in front of the real host. */
function open(link: string): void {
  const location = new URL(link);
  vi.stubGlobal('location', location);
  vi.stubGlobal('history', { replaceState: (_state: null, _title: string, path: string) => (location.href = new URL(path, location.origin).href) });
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
}

const { fetch } = globalThis;
beforeEach(async () => {
  host = await startTestHost({ uploadBytes: 1000 }, createFakeApp(await mkdtemp(join(tmpdir(), 'calibrant-connect-'))));
  kept = new Map();
  vi.stubGlobal('WebSocket', PageSocket);
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => fetch(new URL(path, location.href), init));
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await host.close();
});

it('comes in with a link, cleans the address, and again after a reload', async () => {
  open(host.links[0] ?? '');
  const client = await connect();
  expect(location.hash).toBe('');
  expect(await client.call('projects.list', {})).toEqual([]);
  const again = await connect();
  expect(await again.call('projects.list', {})).toEqual([]);
  expect(host.links).toHaveLength(2);
});

it('stays in when the tab opens a link that was used', async () => {
  open(host.links[0] ?? '');
  await connect();
  open(host.links[0] ?? '');
  expect(await (await connect()).call('projects.list', {})).toEqual([]);
});

it('does not come in without a link, or with one that another tab used', async () => {
  open(`http://127.0.0.1:${host.port}/`);
  await expect(connect()).rejects.toMatchObject({ code: 'call-forbidden' });
  open(host.links[0] ?? '');
  await connect();
  kept.clear();
  open(host.links[0] ?? '');
  await expect(connect()).rejects.toMatchObject({ code: 'call-forbidden', message: expect.stringContaining('used already') as unknown });
});

it('forgets a token that the host no longer knows', async () => {
  kept.set('calibrant-token', 'of yesterday');
  open(`http://127.0.0.1:${host.port}/`);
  const client = await connect();
  await expect(client.call('projects.list', {})).rejects.toMatchObject({ code: 'call-forbidden' });
  expect(kept.size).toBe(0);
});

it('says so when nobody answers', async () => {
  open('http://127.0.0.1:9/#code=x');
  await expect(connect()).rejects.toMatchObject({ code: 'connection-lost' });
});

it('copies a dropped file to the host, and hands on what the host has against it', async () => {
  open(host.links[0] ?? '');
  const client = await connect();
  const path = await client.pathOf(new File(['weights'], 'mödel v2.onnx'));
  expect(path.startsWith(host.app.incoming)).toBe(true);
  expect(await readFile(path, 'utf8')).toBe('weights');
  await expect(client.pathOf(new File(['x'.repeat(1001)], 'big.onnx'))).rejects.toMatchObject({ code: 'host-cannot' });
});
