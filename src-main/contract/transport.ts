import * as v from 'valibot';
import type { AnyEvent, CallInput, CallName, CallOutput, EventName, EventPayload } from './calls.ts';
import { ErrorDataSchema, type ErrorData } from './errors.ts';

/** A call on its way to the host. */
export const RequestSchema = v.object({ id: v.number(), call: v.string(), input: v.unknown() });
export type Request = v.InferOutput<typeof RequestSchema>;

/** What comes back from the host: an answer to `id`, or an event. */
export const FrameSchema = v.union([
  v.object({ id: v.number(), ok: v.literal(true), value: v.unknown() }),
  v.object({ id: v.number(), ok: v.literal(false), error: ErrorDataSchema }),
  v.object({ event: v.string(), payload: v.unknown() }),
]);
export type Frame = v.InferOutput<typeof FrameSchema>;

export type Answer = { ok: true; value: unknown } | { ok: false; error: ErrorData };

/** The application as every transport sees it. */
export interface Endpoint {
  /** Never throws and never rejects: unknown names, bad input and failures come back as coded errors. */
  dispatch(call: string, input: unknown): Promise<Answer>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: AnyEvent) => void): () => void;
}

/** The window's side: the same over IPC, WebSocket and memory. */
export interface Client {
  /** Rejects with CalibrantError. */
  call<K extends CallName>(name: K, input: CallInput<K>): Promise<CallOutput<K>>;
  on<K extends EventName>(name: K, listener: (payload: EventPayload<K>) => void): () => void;
  /** `open` → calls go through; `lost` → they are rejected with `connection-lost`. */
  readonly state: 'connecting' | 'open' | 'lost';
  /** Makes a file that was dropped on the window usable as a path in calls (desktop: its own path; web: an uploaded copy). */
  pathOf(file: File): Promise<string>;
  onState(listener: (state: Client['state']) => void): () => void;
}
