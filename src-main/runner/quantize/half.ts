import type { Recipe } from '../../contract/recipe.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { emitFloat16 } from '../../core/quant/emit/float16/convert.ts';
import { excludedNames } from '../../core/quant/exclude.ts';
import { throwIfCancelled } from '../feed.ts';
import { takeSamples, type JobData } from '../job-data.ts';
import { warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import { collectStatistics, type Observed } from '../stages/statistics.ts';
import { stopwatch, type Outcome } from './outcome.ts';
import { prepareFor } from './prepare.ts';

export interface HalfJob {
  float: Model;
  data: JobData | null;
  recipe: Recipe;
  /** Folder of statistics known from before. */
  cache: string | undefined;
}

/** Float model in half precision; with images, what overflows on them is found and stays float. */
export async function quantizeToHalf({ float, data, recipe, cache }: HalfJob, context: JobContext): Promise<Outcome> {
  const { progress, signal } = context;
  const { model: prepared, notes } = prepareFor(float, null, recipe);
  const exclude = excludedNames(prepared.graph.nodes, recipe);
  throwIfCancelled(signal);
  progress.step();

  let time = stopwatch();
  const observed = data ? await scan(prepared, data, { recipe, cache }, context) : null;
  const seconds = { statistics: time(), parameters: 0, emit: 0 };
  progress.start('parameters', 1);
  progress.step();
  progress.start('emit', 1);
  time = stopwatch();
  const { model, placements, warnings } = emitFloat16(prepared, {
    inputType: recipe.inputType,
    outputType: recipe.outputType,
    exclude,
    ...(observed ? { ranges: observed.statistics } : {}),
  });
  seconds.emit = time();
  progress.step();
  if (!placements.some(({ placement }) => placement === 'float16')) {
    throw new CalibrantError('model-nothing-to-quantize', 'No node of the model would run in half precision; exclude less, or leave this model float.');
  }
  const unseen = warning('float16-not-scanned', 'No images were given, so values beyond ±65504, which half precision cannot hold, were not looked for.');
  return { model, placements, tensors: [], warnings: [...notes, ...(data ? [] : [unseen]), ...warnings], differences: [], observed, seconds };
}

function scan(prepared: Model, data: JobData, { recipe, cache }: Pick<HalfJob, 'recipe' | 'cache'>, context: JobContext): Promise<Observed> {
  const float = prepared.graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => prepared.graph.values.get(name)?.type === 'float32'));
  const inputs = prepared.graph.inputs.filter(({ type }) => type === 'float32').map(({ name }) => name);
  return collectStatistics({ prepared, observed: [...inputs, ...float] }, data, takeSamples(data, 0, recipe.samples), context, {
    full: false,
    ...(cache === undefined ? {} : { cache }),
  });
}
