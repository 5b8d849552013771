import type { Skipped } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { withOutputs } from '../../core/onnx/outputs.ts';
import { writeModel } from '../../core/onnx/write.ts';
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
  const made = plan.observed.filter((name) => name !== data.input.name);
  const session = await openSession(writeModel(withOutputs(plan.prepared, made)), 'the prepared model');
  const collector = createCollector(plan.observed);
  const skipped: Skipped[] = [];
  let images = 0;
  try {
    for await (const { item, tensor } of feed(data.input, data.items, positions, skipped, context)) {
      const outputs = await session.run(tensor);
      for (const name of plan.observed) {
        const values = (name === data.input.name ? tensor : outputs[name])?.data;
        if (!(values instanceof Float32Array)) throw new Error(`The tensor ${name} cannot be observed`);
        if (!collector.add(name, values)) throw notFinite(name, item.file);
      }
      images += 1;
    }
  } finally {
    await session.close();
  }
  return { statistics: collector.finish(), images, skipped };
}

function notFinite(tensor: string, file: string): CalibrantError {
  return new CalibrantError(
    'data-not-finite',
    `The float model computes NaN or infinity in the tensor ${tensor} for ${file}; check the preprocessing, or take this sample out.`,
    { tensor, file },
  );
}
