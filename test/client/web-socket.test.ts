import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWebSocketClient } from '../../src-renderer/client/web-socket.ts';
import { startTestHost, type TestHost } from '../hosts/web/fixture.ts';
import { describeTransport } from './conformance.ts';
import { PageSocket, sockets } from './page-socket.ts';

vi.stubGlobal('WebSocket', PageSocket);
afterEach(() => void (sockets.length = 0));

async function clientOf(host: TestHost, token?: string): ReturnType<typeof open> {
  return open(host, token ?? (await host.token()));
}

async function open(host: TestHost, token: string) {
  const onRefused = vi.fn();
  const client = createWebSocketClient({
    url: `ws://127.0.0.1:${host.port}/socket`,
    token,
    checkAnswers: true,
    upload: (file) => Promise.resolve(`/incoming/${file.name}`),
    onRefused,
  });
  return { client, onRefused };
}

describeTransport('WebSocket', async (app) => {
  const host = await startTestHost({}, app);
  const { client } = await clientOf(host);
  return {
    client,
    disconnect: () => sockets.at(-1)?.terminate(),
    async close() {
      client.close();
      await host.close();
    },
  };
});

describe('the connection over WebSocket', () => {
  it('is lost for good, with the way out, when the host no longer knows the token', async () => {
    const host = await startTestHost();
    const { client, onRefused } = await clientOf(host, 'token of yesterday');
    await expect(client.call('projects.list', {})).rejects.toMatchObject({ code: 'call-forbidden' });
    expect(client.state).toBe('lost');
    expect(onRefused).toHaveBeenCalledOnce();
    await expect(client.call('projects.list', {})).rejects.toMatchObject({ code: 'call-forbidden' });
    expect(sockets).toHaveLength(1);
    await host.close();
  });

  it('rejects at once while it is lost', async () => {
    const host = await startTestHost();
    const { client } = await clientOf(host);
    await client.call('projects.list', {});
    await host.close();
    await expect.poll(() => client.state).toBe('lost');
    await expect(client.call('projects.list', {})).rejects.toMatchObject({ code: 'connection-lost' });
    client.close();
  });
});
