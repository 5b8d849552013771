import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallName } from '../../src-main/contract/calls.ts';
import type { Client } from '../../src-main/contract/transport.ts';
import { COUNTS, createFakeApp, TEN_MEGABYTES, type FakeApp } from '../fakes/app.ts';

export interface Connection {
  client: Client;
  /** Breaks the connection from the host's side; absent where nothing can break. */
  disconnect?: () => void;
  close(): void | Promise<void>;
}

/** What every transport has to do alike, so that no screen needs to know which one it speaks over. */
export function describeTransport(name: string, open: (app: FakeApp) => Promise<Connection>): void {
  describe(`the client over ${name}`, () => {
    let app: FakeApp;
    let connection: Connection;
    let client: Client;

    beforeEach(async () => {
      app = createFakeApp();
      connection = await open(app);
      client = connection.client;
    });
    afterEach(() => connection.close());

    it('carries a call and its answer', async () => {
      expect(await client.call('host.describe', {})).toMatchObject({ home: '/home/ä b' });
      expect(client.state).toBe('open');
    });

    it('rejects with the coded error, its sentence and its details', async () => {
      await expect(client.call('projects.get', { projectId: 'p1' })).rejects.toMatchObject({
        name: 'CalibrantError',
        code: 'not-found',
        message: 'There is no project p1; it may have been removed.',
        details: { projectId: 'p1' },
      });
    });

    it('turns a failure that nobody foresaw into "internal"', async () => {
      await expect(client.call('runs.list', { projectId: 'p1' })).rejects.toMatchObject({ code: 'internal' });
    });

    it.each(['projects.burn', 'toString', '__proto__', ''])('rejects the unknown call "%s"', async (call) => {
      await expect(client.call(call as CallName, {} as never)).rejects.toMatchObject({ code: 'call-unknown' });
    });

    it.each([null, 1, 'x', [], {}, { projectId: '' }, { projectId: 7 }, { projectId: 'p', more: 1 }])('rejects the bad input %j', async (input) => {
      await expect(client.call('projects.get', input as never)).rejects.toMatchObject({ code: 'call-invalid' });
    });

    it('carries 10 MB unharmed', async () => {
      const { jpeg } = await client.call('datasets.thumbnail', { datasetId: 'd', index: 0, size: 64 });
      expect(jpeg).toBeInstanceOf(Uint8Array);
      expect(Buffer.compare(jpeg, TEN_MEGABYTES)).toBe(0);
    });

    it('carries typed arrays and numbers that JSON has no word for', async () => {
      const tensor = await client.call('runs.tensor', { runId: 'r', tensor: 'Å/1:0' });
      expect(tensor.histogram.counts).toBeInstanceOf(Float64Array);
      expect(tensor.histogram.counts).toEqual(COUNTS);
      expect(tensor).toMatchObject({ name: 'Å/1:0', min: Number.NEGATIVE_INFINITY });
    });

    it('keeps answers apart when many calls are under way', async () => {
      const names = Array.from({ length: 200 }, (_, i) => `t${i}`);
      const answers = await Promise.all(names.map((tensor) => client.call('runs.tensor', { runId: 'r', tensor })));
      expect(answers.map((answer) => answer.name)).toEqual(names);
    });

    it('delivers events in order, and before the answer of the call that caused them', async () => {
      const seen: (string | null)[] = [];
      const stop = client.on('changed', ({ projectId }) => seen.push(projectId));
      await client.call('projects.remove', { projectId: 'p' });
      expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `p-${i}`));
      stop();
      await client.call('projects.remove', { projectId: 'p' });
      expect(seen).toHaveLength(50);
    });

    it('leaves alone the events that it does not know', async () => {
      app.emit({ event: 'toString', payload: null } as never);
      expect(await client.call('projects.list', {})).toEqual([]);
    });

    it('rejects a call that the connection did not survive, and says so in its state', async ({ skip }) => {
      const { disconnect } = connection;
      if (!disconnect) return skip('nothing can break');
      const states: string[] = [];
      client.onState((state) => states.push(state));
      const call = client.call('jobs.log', { jobId: 'j' });
      await expect.poll(() => app.dispatched).toContain('jobs.log');
      disconnect();
      await expect(call).rejects.toMatchObject({ code: 'connection-lost' });
      expect(states).toContain('lost');
      await expect.poll(() => client.call('projects.list', {}).catch(() => null), { timeout: 5000 }).toEqual([]);
      expect(client.state).toBe('open');
    });
  });
}
