import type { AnyEvent } from '../../src-main/contract/calls.ts';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import type { Answer, Client } from '../../src-main/contract/transport.ts';
import { connectionLost, ConnectionState, EventListeners, valueOf, type ClientOptions } from './shared.ts';

/** What the desktop's preload puts on the window as `window.calibrant`. */
export interface Bridge {
  call(name: string, input: unknown): Promise<Answer>;
  onEvent(listener: (event: AnyEvent) => void): () => void;
  /** The path of a dropped file, granted to this window by that; empty when the file is not on disk. */
  pathOf(file: File): Promise<string>;
}

/** The client over Electron's IPC. */
export function createBridgeClient(bridge: Bridge, options: ClientOptions = {}): Client {
  const events = new EventListeners(options);
  const state = new ConnectionState('open');
  bridge.onEvent((event) => events.emit(event));
  return {
    async call(name, input) {
      // Only the host's end makes this reject: what it has to say comes as an answer.
      const answer = await bridge.call(name, plain(input)).catch(() => {
        state.set('lost');
        throw connectionLost();
      });
      state.set('open');
      return valueOf(name, answer, options);
    },
    on: events.on,
    get state() {
      return state.value;
    },
    onState: state.on,
    async pathOf(file) {
      const path = await bridge.pathOf(file);
      if (path === '') throw new CalibrantError('not-found', `${file.name} is not a file on this machine; save it somewhere first.`);
      return path;
    },
  };
}

/** Vue's reactive proxies cannot be cloned across the bridge; their contents can. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
