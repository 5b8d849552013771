import { elementCount } from '../core/onnx/tensor.ts';
import type { Model } from '../core/onnx/graph.ts';
import { writeModel } from '../core/onnx/write.ts';
import { createCollector, type Collected, type Collector } from '../core/quant/collector.ts';
import { observe } from '../core/quant/observe.ts';
import type { Bad } from './looker.ts';
import { openLookerThreads } from './looker-threads.ts';
import type { ModelInput } from './model-input.ts';
import { openObservation, type Observation, type ObservationTask } from './observation.ts';
import { THREADS } from './session.ts';

/** What sessions may take together before images are computed one by one: half of what a job may need beyond the idle runner. */
const BUDGET_BYTES = 256e6;
/** Sums and histogram of one tensor. */
const COLLECTED_BYTES = 80e3;

export interface ObservationChoices {
  /** Off: the float model is computed as it stands. */
  optimize: boolean;
  /** Off: only ends and means of large tensors, without moments and histogram. */
  full: boolean;
}

/** Observations side by side, and a collector that can absorb what each of them collects. */
export interface Observations {
  observations: Observation[];
  collector: Collector;
}

/** Opens as many as processor and memory allow. Throws `model-refused-by-runtime`. */
export async function openObservations(
  model: Model,
  names: readonly string[],
  input: ModelInput,
  { optimize, full }: ObservationChoices,
): Promise<Observations> {
  // The model's input may be observed too, and is no output of the session.
  const observer = observe(
    model,
    names.filter((name) => name !== input.name),
    full,
  );
  const shapes = new Map(names.map((name) => [name, name === input.name ? input.shape : (model.graph.values.get(name)?.shape ?? null)]));
  const collector = createCollector(names, shapes);
  const { name, type, shape } = input;
  const task: Omit<ObservationTask, 'model' | 'threads'> = { views: observer.views, input: { name, type, shape }, names, shapes, optimize };
  const count = Math.min(THREADS, Math.floor(BUDGET_BYTES / bytesOf(model, names.length)));
  // Unoptimized kernels round differently with another number of threads; the optimized ones were found not to.
  if (count <= 1) return { observations: [await openObservation({ ...task, model: observer.model, threads: optimize ? THREADS : 1 })], collector };
  const bytes = writeModel(observer.model);
  return { observations: await openLookerThreads<Bad, Collected>(count, { kind: 'observation', task: { ...task, model: bytes, threads: 1 } }), collector };
}

/** Rough: the file and ONNX Runtime's copy of the weights, all tensors at once though most share their memory, and what is collected. */
function bytesOf({ graph }: Model, observed: number): number {
  let bytes = observed * COLLECTED_BYTES;
  for (const constant of graph.constants.values()) bytes += 2 * constant.bytes.length;
  for (const { shape } of graph.values.values()) {
    if (shape?.every((dim) => typeof dim === 'number')) bytes += 4 * elementCount(shape);
  }
  return bytes;
}
