import type { Skipped } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { INPUT_ARRAYS, type InputArray } from '../../core/data/normalize.ts';
import { elementCount } from '../../core/onnx/tensor.ts';
import type { Plan } from '../../core/quant/types.ts';
import { feed } from '../feed.ts';
import type { JobData } from '../job-data.ts';
import { openObservations, type ObservationChoices } from '../observations.ts';
import type { JobContext } from '../progress.ts';
import { openStatisticsCache, type Seen } from '../statistics-cache.ts';

/** Images under way in each observation: the one that it works on, and the next, so that it does not wait for this thread. */
const LANES = 2;

export interface Observed extends Seen {
  /** Whether images were looked at, or all had been known from before. */
  source: 'observed' | 'cached';
}

export interface StatisticsChoices extends Partial<ObservationChoices> {
  /** Tensors to be observed although the plan does not need them, so that the statistics serve other recipes too. */
  also?: readonly string[];
  /** Folder of statistics known from before, by content. */
  cache?: string;
}

/**
 * Streams the samples once through the float model and keeps the distribution of every tensor that the plan observes. Memory does not depend on the
 * number of samples. With a cache no image is touched when the same tensors have been observed before. Tensors are never added to known ones: which
 * tensors are observed decides what ONNX Runtime may fuse, so that each of them depends on all of them in its last digits.
 * Throws `data-not-finite`, `job-cancelled`, `model-refused-by-runtime`.
 */
export async function collectStatistics(
  { prepared, observed }: Pick<Plan, 'prepared' | 'observed'>,
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
  { cache: folder, also = [], optimize = true, full = true }: StatisticsChoices = {},
): Promise<Observed> {
  context.progress.start('statistics', positions.length);
  const names = inOrder(prepared, new Set([...observed, ...also]));
  const choices = { optimize, full };
  const cache = folder === undefined ? null : await openStatisticsCache(folder, { model: prepared, names, data, positions, ...choices }, context.log);
  const known = await cache?.read();
  if (known) return { ...known, source: 'cached' };
  const seen = await look(prepared, names, data, positions, context, choices);
  await cache?.write(seen);
  return { ...seen, source: 'observed' };
}

/** The same tensors make the same observer in whatever order a plan lists them. */
function inOrder({ graph }: Plan['prepared'], names: ReadonlySet<string>): string[] {
  const all = [...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  return all.filter((name) => names.has(name));
}

async function look(
  model: Plan['prepared'],
  names: readonly string[],
  data: JobData,
  positions: Uint32Array,
  context: JobContext,
  choices: ObservationChoices,
): Promise<Seen> {
  const { observations, collector } = await openObservations(model, names, data.input, choices);
  const skipped: Skipped[] = [];
  let images = 0;
  const busy = new Set<Promise<void>>();
  const failures: { order: number; error: unknown }[] = [];
  const idle = observations.flatMap((observation) => Array.from({ length: LANES }, () => ({ observation, image: createSharedImage(data.input) })));
  try {
    for await (const { item, tensor } of feed(data.input, data.items, positions, skipped, context)) {
      const order = images++;
      while (idle.length === 0) await Promise.race(busy);
      if (failures.length > 0) break;
      const lane = idle.shift() as (typeof idle)[number];
      lane.image.set(tensor.data as InputArray);
      const job: Promise<void> = lane.observation
        .look(lane.image)
        .then((bad) => {
          if (bad !== null) throw notFinite(bad, item.file);
        })
        .catch((error: unknown) => void failures.push({ order, error }))
        .then(() => {
          busy.delete(job);
          idle.push(lane);
        });
      busy.add(job);
    }
    await Promise.all(busy);
    // The first in the order of the images, whichever thread was faster.
    const [first] = failures.sort((a, b) => a.order - b.order);
    if (first) throw first.error;
    for (const observation of observations) collector.absorb(await observation.collected());
    return { statistics: collector.finish(), images, skipped };
  } finally {
    await Promise.all(observations.map((observation) => observation.close()));
  }
}

/** Both threads see it, so that nothing is copied and no garbage piles up: that took 45 MB for MobileNetV2. */
function createSharedImage({ type, shape }: JobData['input']): InputArray {
  const memory = new SharedArrayBuffer(elementCount(shape) * INPUT_ARRAYS[type].BYTES_PER_ELEMENT);
  switch (type) {
    case 'float32':
      return new Float32Array(memory);
    case 'int8':
      return new Int8Array(memory);
    case 'uint8':
      return new Uint8Array(memory);
  }
}

function notFinite(tensor: string, file: string): CalibrantError {
  return new CalibrantError(
    'data-not-finite',
    `The float model computes NaN or infinity in the tensor ${tensor} for ${file}; check the preprocessing, or take this sample out.`,
    { tensor, file },
  );
}
