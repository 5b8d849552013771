import * as v from 'valibot';
import { CALLS, EVENTS, type AnyEvent, type CallName, type CallOutput, type EventName } from '../../src-main/contract/calls.ts';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import type { Answer, Client } from '../../src-main/contract/transport.ts';

export interface ClientOptions {
  /** Compares every answer and event with the contract; for development and tests, since the host is trusted. */
  checkAnswers?: boolean;
}

/** An answer as the caller wants it: the value, or the coded error thrown. */
export function valueOf<K extends CallName>(name: K, answer: Answer, options: ClientOptions): CallOutput<K> {
  if (!answer.ok) throw CalibrantError.from(answer.error);
  if (options.checkAnswers) {
    const checked = v.safeParse(CALLS[name].output, answer.value);
    if (!checked.success) throw new CalibrantError('internal', `The answer to ${name} breaks the contract: ${v.summarize(checked.issues)}`);
  }
  return answer.value as CallOutput<K>;
}

export const connectionLost = (): CalibrantError =>
  new CalibrantError('connection-lost', 'The connection to Calibrant is lost; it is being restored, then try again.');

/** Who listens to which event. */
export class EventListeners {
  readonly #listeners = new Map<string, Set<(payload: never) => void>>();
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  readonly on: Client['on'] = (name, listener) => {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  };

  /** Events of a newer host that this window does not know are left alone. */
  emit(event: { event: string; payload: unknown }): void {
    if (!Object.hasOwn(EVENTS, event.event)) return;
    const { event: name, payload } = event as AnyEvent;
    if (this.#options.checkAnswers) v.parse(EVENTS[name as EventName], payload);
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(payload as never);
  }
}

export type ClientState = Client['state'];

/** The state of the connection, and who wants to know when it changes. */
export class ConnectionState {
  #state: ClientState;
  readonly #listeners = new Set<(state: ClientState) => void>();

  constructor(initial: ClientState) {
    this.#state = initial;
  }

  get value(): ClientState {
    return this.#state;
  }

  set(state: ClientState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }

  readonly on = (listener: (state: ClientState) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}
