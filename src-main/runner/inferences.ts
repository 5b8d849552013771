import { elementCount } from '../core/onnx/tensor.ts';
import type { Model } from '../core/onnx/graph.ts';
import { inferWith, type Inference } from './inference.ts';
import { sourceOf, type Contestant } from './judged-model.ts';
import { openLookerThreads } from './looker-threads.ts';
import type { ModelInput } from './model-input.ts';
import { THREADS } from './session.ts';

/** What the sessions of threads may take together before images are computed one by one. */
const BUDGET_BYTES = 300e6;

/** With fewer images the threads have hardly started when one thread would be done. */
const FEWEST_IMAGES = 100;

/**
 * As many as processor and memory allow: images side by side, each computed by a single thread, leave no core waiting, and this thread is free to judge.
 * What they compute was found not to depend on their number. The contestants' own sessions compute where threads do not pay.
 */
export async function openInferences(contestants: readonly Contestant[], { type, shape }: ModelInput, images: number): Promise<Inference[]> {
  const input = { type, shape };
  const count = images < FEWEST_IMAGES ? 1 : Math.min(THREADS, Math.floor(BUDGET_BYTES / bytesOf(contestants)));
  if (count <= 1) return [inferWith(contestants.map(({ session }) => session), input)]; // prettier-ignore
  const models = contestants.map(({ file }) => ({ source: sourceOf(file), name: file.name }));
  return openLookerThreads(count, { kind: 'inference', task: { models, input, threads: 1 } });
}

/** Rough, for one thread: the file and ONNX Runtime's copies of its weights, and the few largest tensors, in whose memory all others take turns. */
function bytesOf(contestants: readonly Contestant[]): number {
  return contestants.reduce((sum, { file }) => sum + 3 * file.bytes + 4 * 4 * largestTensor(file.model), 0);
}

function largestTensor({ graph }: Model): number {
  let largest = 0;
  for (const { shape } of graph.values.values()) {
    if (shape?.every((dim) => typeof dim === 'number')) largest = Math.max(largest, elementCount(shape));
  }
  return largest;
}
