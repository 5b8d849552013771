import { CalibrantError } from '../../contract/errors.ts';
import type { Plan } from '../../core/quant/types.ts';
import type { JobData } from '../job-data.ts';
import { showTo } from '../looker.ts';
import { openObservations, type ObservationChoices } from '../observations.ts';
import type { JobContext } from '../progress.ts';
import { openStatisticsCache, type Seen } from '../statistics-cache.ts';

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
  try {
    const seen = await showTo(observations, data, positions, context, notFinite);
    for (const observation of observations) collector.absorb(await observation.collected());
    return { statistics: collector.finish(), ...seen };
  } finally {
    await Promise.all(observations.map((observation) => observation.close()));
  }
}

function notFinite(tensor: string, file: string): CalibrantError {
  return new CalibrantError(
    'data-not-finite',
    `The float model computes NaN or infinity in the tensor ${tensor} for ${file}; check the preprocessing, or take this sample out.`,
    { tensor, file },
  );
}
