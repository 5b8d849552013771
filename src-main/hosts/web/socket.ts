import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import * as v from 'valibot';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { RequestSchema, type Endpoint, type Frame } from '../../contract/transport.ts';
import { decodeFrame, encodeFrame } from '../../contract/wire.ts';
import type { Access } from './access.ts';
import { createBucket, type Limits } from './limits.ts';

export const CLOSE = { goingAway: 1001, notUnderstood: 1007, tooMuch: 1008, noToken: 4401 } as const;

export interface SocketDoor {
  /** Takes over an upgrade that the guard has let through. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** The application over WebSocket: one binary frame per request, answer and event. The first message is the token. */
export function createSocketDoor(app: Endpoint, access: Access, limits: Limits): SocketDoor {
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, perMessageDeflate: false });
  return {
    accept(request, socket, head) {
      if (server.clients.size >= limits.sockets) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (client) => welcome(client, app, access, limits));
    },
    close() {
      for (const client of server.clients) client.close(CLOSE.goingAway, 'Calibrant is closing');
      // Who does not answer the closing handshake is not waited for.
      setTimeout(() => server.clients.forEach((client) => client.terminate()), 200).unref();
      server.close();
    },
  };
}

function welcome(client: WebSocket, app: Endpoint, access: Access, limits: Limits): void {
  client.on('error', () => client.terminate());
  const refuse = (): void => client.close(CLOSE.noToken, 'token expected');
  const late = setTimeout(refuse, limits.tokenWithin);
  client.once('close', () => clearTimeout(late));
  client.once('message', (data, isBinary) => {
    clearTimeout(late);
    if (isBinary || !access.accepts(bytesOf(data).toString('utf8'))) return refuse();
    serve(client, app, limits);
  });
}

function serve(client: WebSocket, app: Endpoint, limits: Limits): void {
  const send = (frame: Frame): void => {
    if (client.readyState !== client.OPEN) return;
    // A page that stopped reading would otherwise fill the host's memory with events.
    if (client.bufferedAmount > 4 * limits.messageBytes) return client.terminate();
    client.send(encodeFrame(frame));
  };
  const unsubscribe = app.subscribe((event) => send(event));
  client.once('close', unsubscribe);
  const mayTake = createBucket(limits.burst, limits.perSecond);
  client.on('message', (data, isBinary) => {
    if (!mayTake()) return client.close(CLOSE.tooMuch, 'too many messages');
    const request = isBinary ? requestOf(bytesOf(data)) : null;
    if (!request) return client.close(CLOSE.notUnderstood, 'not a request');
    void app.dispatch(request.call, request.input).then((answer) => send({ id: request.id, ...answer }));
  });
  send({ event: 'open', payload: null });
}

function requestOf(bytes: Uint8Array): v.InferOutput<typeof RequestSchema> | null {
  try {
    return v.parse(RequestSchema, decodeFrame(bytes));
  } catch {
    return null;
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
