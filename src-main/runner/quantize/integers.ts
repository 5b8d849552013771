import { needsImages, type Recipe } from '../../contract/recipe.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { opsetOf } from '../../core/onnx/opset.ts';
import { differencesFromPythonTool } from '../../core/quant/differences.ts';
import { emit } from '../../core/quant/emit/index.ts';
import { chooseParameters } from '../../core/quant/parameters.ts';
import { planQuantization } from '../../core/quant/plan.ts';
import { estimateRanges } from '../../core/quant/ranges/estimate.ts';
import { quantizedTensors } from '../../core/quant/report.ts';
import type { Trained } from '../../core/quant/trained.ts';
import type { Plan, QuantizedGraph } from '../../core/quant/types.ts';
import { throwIfCancelled } from '../feed.ts';
import { takeSamples, type JobData } from '../job-data.ts';
import type { JobContext } from '../progress.ts';
import { collectStatistics, type Observed } from '../stages/statistics.ts';
import { prepareAndLook, prepareFor } from './prepare.ts';
import { stopwatch, type Outcome } from './outcome.ts';

export interface IntegersJob {
  float: Model;
  /** Parameters that the model was trained with, by activation. */
  trained: ReadonlyMap<string, Trained>;
  data: JobData | null;
  recipe: Recipe;
  /** Folder of statistics known from before. */
  cache: string | undefined;
}

/** Plan → statistics → parameters → integer model. Images are looked at only where the plan has ranges to find. */
export async function quantizeToIntegers({ float, trained, data, recipe, cache }: IntegersJob, context: JobContext): Promise<Outcome> {
  const { progress, signal } = context;
  const looking = needsImages(recipe) ? data : null;
  const prepared = looking ? await prepareAndLook(float, looking, recipe) : prepareFor(float, null, recipe);
  const plan = planQuantization(prepared.model, recipe, trained);
  const integer = plan.placements.filter(({ placement }) => placement === 'integer').length;
  context.log('info', `${integer} of ${plan.placements.length} nodes become integer, ${plan.observed.length} tensors are observed.`);
  throwIfCancelled(signal);
  progress.step();

  let time = stopwatch();
  const observed = looking && plan.observed.length > 0 ? await observe(plan, looking, recipe, cache, context) : null;
  const seconds = { statistics: time(), parameters: 0, emit: 0 };

  progress.start('parameters', 1);
  time = stopwatch();
  const quantized = chooseParameters(plan, estimateRanges(plan, observed?.statistics ?? new Map(), recipe));
  seconds.parameters = time();
  throwIfCancelled(signal);
  progress.step();

  progress.start('emit', 1);
  time = stopwatch();
  const { model, warnings } = emit(quantized, recipe);
  seconds.emit = time();
  progress.step();
  return {
    model,
    placements: plan.placements,
    tensors: quantizedTensors(quantized),
    warnings: [...prepared.notes, ...quantized.warnings, ...warnings],
    differences: differencesOf(quantized, recipe, trained, opsetOf(float)),
    observed,
    seconds,
  };
}

async function observe(plan: Plan, data: JobData, recipe: Recipe, cache: string | undefined, context: JobContext): Promise<Observed> {
  const positions = takeSamples(data, 0, recipe.samples);
  // The Python tool runs the float model as it stands in the file, and its results differ from the optimized model's in the last digits.
  return collectStatistics(plan, data, positions, context, { optimize: !recipe.ortParity, ...(cache === undefined ? {} : { cache }) });
}

/** Against the tool's own plan for the same model; a recipe that it does not know has nothing to differ from. */
function differencesOf(quantized: QuantizedGraph, recipe: Recipe, trained: ReadonlyMap<string, Trained>, opset: number): Outcome['differences'] {
  if (recipe.ortParity || !needsImages(recipe) || recipe.target !== 'onnxruntime' || trained.size > 0) return [];
  const range = recipe.range === 'mse' || recipe.range === 'octav' ? 'minmax' : recipe.range;
  let tool: Plan | null = null;
  try {
    tool = planQuantization(quantized.plan.prepared, { ...recipe, range, ortParity: true, overrides: {}, inputType: 'float', outputType: 'float' });
  } catch {
    // It would have refused, which is said then.
  }
  return differencesFromPythonTool(quantized, tool, recipe, opset);
}
