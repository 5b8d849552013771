import { Worker } from 'node:worker_threads';
import { CalibrantError, type ErrorData } from '../contract/errors.ts';
import type { InputArray } from '../core/data/normalize.ts';
import type { ComparisonTask } from './diagnose/comparison.ts';
import type { InferenceTask } from './inference.ts';
import type { Looker } from './looker.ts';
import type { ObservationTask } from './observation.ts';

/** What a thread is started with. */
export type Work = { kind: 'observation'; task: ObservationTask } | { kind: 'comparison'; task: ComparisonTask } | { kind: 'inference'; task: InferenceTask };

export type Question = { type: 'look'; image: InputArray } | { type: 'collect' } | { type: 'close' };
export type Answer = { type: 'ready' } | { type: 'looked'; seen: unknown } | { type: 'collected'; collected: unknown } | { type: 'failed'; error: ErrorData };

/** A checkout runs its TypeScript directly, a build its bundles. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './looker-thread.ts' : './looker-thread.js', import.meta.url);

/** An image leaves little garbage; with Node's own limit each thread let 18 MB of it pile up. */
const YOUNG_GENERATION_MB = 4;

/** So many threads that do the same work, or none of them. Throws what the first of them refuses. */
export async function openLookerThreads<Seen, Collected>(count: number, work: Work): Promise<Looker<Seen, Collected>[]> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => openLookerThread<Seen, Collected>(work)));
  const lookers = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refused = opened.find((each) => each.status === 'rejected');
  if (!refused) return lookers;
  await Promise.all(lookers.map((each) => each.close()));
  throw refused.reason;
}

/**
 * In a thread of its own: onnxruntime-node blocks the thread that calls it. Images side by side, each computed by a single thread, need no waiting for
 * each other as the parts of one image do, and the result cannot depend on how many threads there are. Throws `model-refused-by-runtime`.
 */
async function openLookerThread<Seen, Collected>(work: Work): Promise<Looker<Seen, Collected>> {
  const worker = new Worker(ENTRY, { workerData: work, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } });
  /** Answers come in the order of the questions. */
  const waiting: { resolve(answer: Answer): void; reject(reason: unknown): void }[] = [];
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const fail = (reason: unknown): void => {
    for (const { reject } of waiting.splice(0)) reject(reason);
  };
  worker.on('message', (answer: Answer) => {
    const next = waiting.shift();
    if (answer.type === 'failed') next?.reject(CalibrantError.from(answer.error));
    else next?.resolve(answer);
  });
  worker.on('error', fail);
  void ended.then(() => fail(new Error('A thread that looks at images has ended')));

  const answer = async <T extends Answer['type']>(type: T, question?: Question): Promise<Extract<Answer, { type: T }>> => {
    const given = await new Promise<Answer>((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (question) worker.postMessage(question);
    });
    if (given.type !== type) throw new Error(`A thread that looks at images answered ${given.type} instead of ${type}`);
    return given as Extract<Answer, { type: T }>;
  };
  await answer('ready');
  // What is seen and collected follows from the work that the thread was started with.
  return {
    look: async (image) => (await answer('looked', { type: 'look', image })).seen as Seen,
    collected: async () => (await answer('collected', { type: 'collect' })).collected as Collected,
    close: () => {
      worker.postMessage({ type: 'close' } satisfies Question);
      return ended;
    },
  };
}
