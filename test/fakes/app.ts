import type { AnyEvent, CallName } from '../../src-main/contract/calls.ts';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import { createRouter, type Handlers } from '../../src-main/app/router.ts';
import type { App } from '../../src-main/app/types.ts';

/** An application without rooms behind it: the real router over a few handlers that exercise what a transport has to carry. */
export interface FakeApp extends App {
  emit(event: AnyEvent): void;
  /** Calls that reached the application, in order. */
  readonly dispatched: string[];
  readonly subscribers: number;
}

export const TEN_MEGABYTES = Uint8Array.from({ length: 10_000_000 }, (_, i) => (i * 31) % 251);
export const COUNTS = new Float64Array([0, 1.5, Number.NaN, -0, 1e300]);

export function createFakeApp(incoming = ''): FakeApp {
  const listeners = new Set<(event: AnyEvent) => void>();
  const dispatched: string[] = [];
  const handlers: Partial<Handlers> = {
    'host.describe': () => ({ host: 'web', version: '1', onnxruntime: '1.30.0', home: '/home/ä b', damaged: [], picks: 'browser' }),
    'projects.list': () => [],
    'projects.get': ({ projectId }) => {
      throw new CalibrantError('not-found', `There is no project ${projectId}; it may have been removed.`, { projectId });
    },
    'projects.remove': ({ projectId }) => {
      for (let i = 0; i < 50; i++) emit({ event: 'changed', payload: { projectId: `${projectId}-${i}`, what: 'runs' } });
      return null;
    },
    'datasets.thumbnail': () => ({ jpeg: TEN_MEGABYTES, width: 1, height: 1 }),
    'runs.tensor': ({ tensor }) => ({
      name: tensor,
      min: Number.NEGATIVE_INFINITY,
      max: 1,
      mean: 0,
      std: 1,
      count: 5,
      histogram: { start: 0, width: 0.1, counts: COUNTS, sampled: 1 },
    }),
    'runs.list': () => Promise.reject(new TypeError('a bug')),
    // Never answers.
    'jobs.log': () => new Promise(() => undefined),
  };
  const route = createRouter(handlers as Handlers);
  const emit = (event: AnyEvent): void => listeners.forEach((listener) => listener(event));
  return {
    home: '',
    incoming,
    dispatched,
    get subscribers() {
      return listeners.size;
    },
    emit,
    dispatch(call, input) {
      dispatched.push(call);
      return route(call as CallName, input);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => Promise.resolve(),
  };
}
