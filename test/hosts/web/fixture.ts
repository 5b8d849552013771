import { mkdtemp } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { Asset } from '../../../src-main/hosts/assets.ts';
import type { Limits } from '../../../src-main/hosts/web/limits.ts';
import { startWebServer } from '../../../src-main/hosts/web/server.ts';
import { createFakeApp, type FakeApp } from '../../fakes/app.ts';

const page: Asset = { bytes: new TextEncoder().encode('<!doctype html>'), type: 'text/html; charset=utf-8', immutable: false };
const script: Asset = { bytes: new TextEncoder().encode('1'), type: 'text/javascript; charset=utf-8', immutable: true };

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface TestHost {
  app: FakeApp;
  port: number;
  links: string[];
  /** A raw request: no header is added or corrected, the target is sent as it is. */
  send(method: string, target: string, headers?: OutgoingHttpHeaders, body?: string | Buffer): Promise<Reply>;
  /** Uses the newest link. */
  token(): Promise<string>;
  /** Opens a socket with the page's Origin and sends the first message, if there is one. */
  socket(first?: string | Buffer, headers?: Record<string, string>): WebSocket;
  close(): Promise<void>;
}

export async function startTestHost(limits: Partial<Limits> = {}, given?: FakeApp): Promise<TestHost> {
  const app = given ?? createFakeApp(await mkdtemp(join(tmpdir(), 'calibrant incoming ä-')));
  const links: string[] = [];
  const pages = new Map([
    ['/', page],
    ['/assets/a-1.js', script],
  ]);
  const server = await startWebServer({ app, port: 0, pages, onLink: (link) => links.push(link), limits });
  const { port } = server;
  links.push(server.newLink());
  const host: TestHost = {
    app,
    port,
    links,
    send: (method, target, headers = {}, body) =>
      new Promise((done, fail) => {
        const options = { host: '127.0.0.1', port, method, path: target, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false };
        const request = httpRequest(options, (response) => {
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
        });
        request.on('error', fail);
        request.end(body);
      }),
    async token() {
      const code = links.at(-1)?.split('#code=')[1];
      const reply = await host.send('POST', '/session', { 'content-type': 'application/json' }, JSON.stringify({ code }));
      return (JSON.parse(reply.text) as { token: string }).token;
    },
    socket(first, headers = { origin: `http://127.0.0.1:${port}` }) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers });
      socket.on('error', () => undefined);
      if (first !== undefined) socket.on('open', () => socket.send(first));
      return socket;
    },
    close: () => server.close(),
  };
  return host;
}

/** How a socket ends: its close code, or "refused" when it was never one. */
export function endOf(socket: WebSocket): Promise<number | string> {
  return new Promise((done) => {
    socket.on('unexpected-response', (_request, response) => done(`refused ${response.statusCode}`));
    socket.on('close', (code) => done(code));
  });
}
