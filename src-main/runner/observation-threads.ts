import { Worker } from 'node:worker_threads';
import { CalibrantError, type ErrorData } from '../contract/errors.ts';
import type { InputArray } from '../core/data/normalize.ts';
import type { Collected } from '../core/quant/collector.ts';
import type { Observation, ObservationTask } from './observation.ts';

export type Question = { type: 'look'; image: InputArray } | { type: 'collect' } | { type: 'close' };
export type Answer =
  { type: 'ready' } | { type: 'looked'; bad: string | null } | { type: 'collected'; collected: Collected } | { type: 'failed'; error: ErrorData };

/** A checkout runs its TypeScript directly, a build its bundles. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './observation-thread.ts' : './observation-thread.js', import.meta.url);

/** An image leaves little garbage; with Node's own limit each thread let 18 MB of it pile up. */
const YOUNG_GENERATION_MB = 4;

/**
 * In a thread of its own: onnxruntime-node blocks the thread that calls it. Images side by side, each computed by a single thread, need no waiting for
 * each other as the parts of one image do, and the result cannot depend on how many threads there are. Throws `model-refused-by-runtime`.
 */
export async function openObservationThread(task: ObservationTask): Promise<Observation> {
  const worker = new Worker(ENTRY, { workerData: task, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } });
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
  void ended.then(() => fail(new Error('A thread that observes has ended')));

  const answer = async <T extends Answer['type']>(type: T, question?: Question): Promise<Extract<Answer, { type: T }>> => {
    const given = await new Promise<Answer>((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (question) worker.postMessage(question);
    });
    if (given.type !== type) throw new Error(`A thread that observes answered ${given.type} instead of ${type}`);
    return given as Extract<Answer, { type: T }>;
  };
  await answer('ready');
  return {
    look: async (image) => (await answer('looked', { type: 'look', image })).bad,
    collected: async () => (await answer('collected', { type: 'collect' })).collected,
    close: () => {
      worker.postMessage({ type: 'close' } satisfies Question);
      return ended;
    },
  };
}
