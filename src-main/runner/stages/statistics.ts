import type { Tensor } from 'onnxruntime-node';
import type { Skipped } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { writeModel } from '../../core/onnx/write.ts';
import { observe } from '../../core/quant/observe.ts';
import { createCollector, type Statistics } from '../../core/quant/statistics.ts';
import type { Plan } from '../../core/quant/types.ts';
import { feed } from '../feed.ts';
import type { JobData } from '../job-data.ts';
import type { JobContext } from '../progress.ts';
import { openSession } from '../session.ts';

export interface Observed {
  statistics: Map<string, Statistics>;
  /** Samples that were used, without the skipped ones. */
  images: number;
  skipped: Skipped[];
}

/**
 * Streams the samples once through the float model and keeps the distribution of every tensor that the plan observes. Memory does not depend on the
 * number of samples. Throws `data-not-finite`, `job-cancelled`, `model-refused-by-runtime`.
 */
export async function collectStatistics(plan: Plan, data: JobData, positions: Uint32Array, context: JobContext): Promise<Observed> {
  context.progress.start('statistics', positions.length);
  // The model's input may be observed too, and is no output of the session.
  const observer = observe(
    plan.prepared,
    plan.observed.filter((name) => name !== data.input.name),
  );
  const observesInput = plan.observed.includes(data.input.name);
  const session = await openSession(writeModel(observer.model), 'the prepared model');
  const collector = createCollector(plan.observed);
  const skipped: Skipped[] = [];
  let images = 0;
  try {
    for await (const { item, tensor } of feed(data.input, data.items, positions, skipped, context)) {
      const outputs = await session.run(tensor);
      const bad = observer.collect((name) => floats(outputs[name], name), collector);
      if (bad !== null) throw notFinite(bad, item.file);
      if (observesInput && !collector.add(data.input.name, floats(tensor, data.input.name))) throw notFinite(data.input.name, item.file);
      images += 1;
    }
  } finally {
    await session.close();
  }
  return { statistics: collector.finish(), images, skipped };
}

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`The tensor ${name} cannot be observed`);
}

function notFinite(tensor: string, file: string): CalibrantError {
  return new CalibrantError(
    'data-not-finite',
    `The float model computes NaN or infinity in the tensor ${tensor} for ${file}; check the preprocessing, or take this sample out.`,
    { tensor, file },
  );
}
