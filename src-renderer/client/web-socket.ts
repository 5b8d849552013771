import * as v from 'valibot';
import { CalibrantError, type ErrorData } from '../../src-main/contract/errors.ts';
import { FrameSchema, type Answer, type Client } from '../../src-main/contract/transport.ts';
import { decodeFrame, encodeFrame } from '../../src-main/contract/wire.ts';
import { connectionLost, ConnectionState, EventListeners, valueOf, type ClientOptions } from './shared.ts';

const TOKEN_REFUSED = 4401;
const FIRST_RETRY = 250;
const LONGEST_RETRY = 5000;

export interface WebSocketClientOptions extends ClientOptions {
  url: string;
  token: string;
  /** Copies a dropped file to the host and returns its path there. */
  upload: (file: File) => Promise<string>;
  /** The host no longer knows the token: it was started anew. */
  onRefused?: () => void;
}

interface Pending {
  settle(answer: Answer): void;
  fail(error: CalibrantError): void;
}

/** The client over WebSocket. Calls wait for the first connection; after a loss they are rejected until it is restored, which is tried for ever. */
export function createWebSocketClient(options: WebSocketClientOptions): Client & { close(): void } {
  const events = new EventListeners(options);
  const state = new ConnectionState('connecting');
  const pending = new Map<number, Pending>();
  /** Requests made before the first connection. */
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  let socket: WebSocket;
  let lastId = 0;
  let retryAfter = FIRST_RETRY;
  let ended: CalibrantError | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    socket = new WebSocket(options.url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(options.token);
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => receive(new Uint8Array(data));
    socket.onclose = ({ code }) => lose(code);
  }

  function receive(bytes: Uint8Array): void {
    const frame = v.parse(FrameSchema, decodeFrame(bytes));
    if (!('event' in frame)) {
      const call = pending.get(frame.id);
      pending.delete(frame.id);
      return call?.settle(frame.ok ? { ok: true, value: frame.value } : { ok: false, error: frame.error as ErrorData });
    }
    if (frame.event !== 'open') return events.emit(frame);
    retryAfter = FIRST_RETRY;
    for (const request of waiting.splice(0)) socket.send(request);
    state.set('open');
  }

  function lose(code: number): void {
    if (code === TOKEN_REFUSED) {
      ended = new CalibrantError('call-forbidden', 'Calibrant was started anew; open the newest link in its terminal.');
      options.onRefused?.();
    }
    // What has not been answered may have been done or not: only whoever asked can tell whether to ask again.
    if (state.value === 'open' || ended) {
      waiting.length = 0;
      const error = ended ?? connectionLost();
      for (const call of pending.values()) call.fail(error);
      pending.clear();
      state.set('lost');
    }
    if (ended) return;
    retry = setTimeout(connect, retryAfter);
    retryAfter = Math.min(2 * retryAfter, LONGEST_RETRY);
  }

  connect();
  return {
    async call(name, input) {
      if (state.value === 'lost') throw ended ?? connectionLost();
      const id = ++lastId;
      const request = encodeFrame({ id, call: name, input });
      const answer = await new Promise<Answer>((settle, fail) => {
        pending.set(id, { settle, fail });
        if (state.value === 'open') socket.send(request);
        else waiting.push(request);
      });
      return valueOf(name, answer, options);
    },
    on: events.on,
    get state() {
      return state.value;
    },
    onState: state.on,
    pathOf: options.upload,
    close() {
      ended = connectionLost();
      clearTimeout(retry);
      socket.close();
    },
  };
}
