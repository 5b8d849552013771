import type { Tensor } from 'onnxruntime-node';
import type { Dim } from '../core/onnx/graph.ts';
import type { InputArray } from '../core/data/normalize.ts';
import { createCollector, type Collected } from '../core/quant/collector.ts';
import { collectViews, type TensorView } from '../core/quant/observe.ts';
import { createTensor } from './feed.ts';
import { inTurns, type Bad, type Looker } from './looker.ts';
import type { ModelInput } from './model-input.ts';
import { openSession, type ModelSource } from './session.ts';

/** Survives structured clone. */
export interface ObservationTask {
  /** An observer's model, or its file. */
  model: ModelSource;
  views: readonly TensorView[];
  input: Pick<ModelInput, 'name' | 'type' | 'shape'>;
  /** All that statistics are wanted of, the input perhaps among them. */
  names: readonly string[];
  shapes: ReadonlyMap<string, readonly Dim[] | null>;
  optimize: boolean;
  threads: number;
}

export type Observation = Looker<Bad, Collected>;

/** In this thread. Throws `model-refused-by-runtime`. */
export async function openObservation({ model, views, input, names, shapes, optimize, threads }: ObservationTask): Promise<Observation> {
  const session = await openSession(model, 'the prepared model', { optimize, threads });
  const collector = createCollector(names, shapes);
  const observesInput = names.includes(input.name);
  const tensor = createTensor(input);

  const lookNow = async (image: InputArray): Promise<string | null> => {
    (tensor.data as InputArray).set(image);
    const outputs = await session.run(tensor);
    const bad = collectViews(views, (output) => floats(outputs[output], output), collector);
    if (bad !== null || !observesInput) return bad;
    return collector.add(input.name, floats(tensor, input.name)) ? null : input.name;
  };
  return {
    look: inTurns(lookNow),
    collected: () => Promise.resolve(collector.collected()),
    close: () => session.close(),
  };
}

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`The tensor ${name} cannot be observed`);
}
