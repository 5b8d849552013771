import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CallInput, CallName, CallOutput, EventName, EventPayload, HostDescription } from '../../src-main/contract/calls.ts';
import { toErrorData, type ErrorData } from '../../src-main/contract/errors.ts';
import type { Client } from '../../src-main/contract/transport.ts';

/** The connection to the host. Every other store speaks through `call` and `on`. */
export const useSession = defineStore('session', () => {
  const client = shallowRef<Client | null>(null);
  const host = shallowRef<HostDescription | null>(null);
  const state = ref<Client['state']>('connecting');
  const error = shallowRef<ErrorData | null>(null);

  /** Waits for the connection and asks the host what it is. Never rejects: the outcome is in `error`. */
  async function start(connection: Promise<Client>): Promise<void> {
    try {
      const connected = await connection;
      client.value = connected;
      state.value = connected.state;
      connected.onState((next) => (state.value = next));
      host.value = await connected.call('host.describe', {});
    } catch (thrown) {
      error.value = toErrorData(thrown);
    }
  }

  function current(): Client {
    if (!client.value) throw new Error('a call before the session started');
    return client.value;
  }

  function call<K extends CallName>(name: K, input: CallInput<K>): Promise<CallOutput<K>> {
    return current().call(name, input);
  }

  function on<K extends EventName>(name: K, listener: (payload: EventPayload<K>) => void): () => void {
    return current().on(name, listener);
  }

  /** A dropped file as a path that calls accept. */
  function pathOf(file: File): Promise<string> {
    return current().pathOf(file);
  }

  return { client, host, state, error, ready: computed(() => host.value !== null), start, call, on, pathOf };
});
