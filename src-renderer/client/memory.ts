import type { Client, Endpoint } from '../../src-main/contract/transport.ts';
import { ConnectionState, EventListeners, valueOf, type ClientOptions } from './shared.ts';

/** A client in the same process as the application. Values are cloned both ways, so that neither side can hold on to the other's objects. */
export function createMemoryClient(endpoint: Endpoint, options: ClientOptions = {}): Client & { close(): void } {
  const events = new EventListeners(options);
  const state = new ConnectionState('open');
  const unsubscribe = endpoint.subscribe((event) => events.emit(structuredClone(event)));
  return {
    async call(name, input) {
      return valueOf(name, structuredClone(await endpoint.dispatch(name, structuredClone(input))), options);
    },
    on: events.on,
    get state() {
      return state.value;
    },
    onState: state.on,
    pathOf: (file) => Promise.resolve(file.name),
    close: unsubscribe,
  };
}
