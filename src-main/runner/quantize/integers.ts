import { CalibrantError } from '../../contract/errors.ts';
import { DEFAULT_RECIPE, needsImages, type Recipe } from '../../contract/recipe.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { namesDefinedIn } from '../../core/onnx/names.ts';
import { opsetOf } from '../../core/onnx/opset.ts';
import { differencesFromPythonTool } from '../../core/quant/differences.ts';
import { emit } from '../../core/quant/emit/index.ts';
import { chooseParameters } from '../../core/quant/parameters.ts';
import { planQuantization, requiredOpset } from '../../core/quant/plan.ts';
import { noisyTensors, predictErrors } from '../../core/quant/predict.ts';
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
  const ranges = plan.observed.length > 0 ? `, ${plan.observed.length} tensors are observed` : '';
  context.log('info', `${integer} of ${plan.placements.length} nodes get integer ${recipe.format === 'weight-only' ? 'weights' : 'operators'}${ranges}.`);
  throwIfCancelled(signal);
  progress.step();

  let time = stopwatch();
  if (!looking && plan.observed.length > 0) throw noImages(recipe);
  const observed = looking && plan.observed.length > 0 ? await observe({ float, plan, data: looking, recipe, cache }, context) : null;
  const seconds = { statistics: time(), parameters: 0, emit: 0 };

  progress.start('parameters', 1);
  time = stopwatch();
  const quantized = chooseParameters(plan, estimateRanges(plan, observed?.statistics ?? new Map(), recipe));
  const noisy = observed ? noisyTensors(predictErrors(plan, observed.statistics, quantized.activations)) : [];
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
    warnings: [...prepared.notes, ...quantized.warnings, ...noisy, ...warnings],
    differences: differencesOf(quantized, recipe, trained, opsetOf(float)),
    observed,
    seconds,
  };
}

function noImages({ format }: Recipe): CalibrantError {
  return new CalibrantError('data-no-images', `The format ${format} needs images to calibrate with; give a folder of them, or take the format dynamic.`);
}

interface Observing {
  float: Model;
  plan: Plan;
  data: JobData;
  recipe: Recipe;
  cache: string | undefined;
}

async function observe({ float, plan, data, recipe, cache }: Observing, context: JobContext): Promise<Observed> {
  const positions = takeSamples(data, 0, recipe.samples);
  // The Python tool runs the float model as it stands in the file, and its results differ from the optimized model's in the last digits.
  if (recipe.ortParity) return collectStatistics(plan, data, positions, context, { optimize: false, ...(cache === undefined ? {} : { cache }) });
  const prepared = observable(float, plan, data, recipe);
  return collectStatistics({ prepared, observed: plan.observed }, data, positions, context, {
    also: usual(prepared, plan),
    ...(cache === undefined ? {} : { cache }),
  });
}

/** What is observed does not depend on the opset that the result is written in, so that recipes of all types find each other's statistics. */
function observable(float: Model, { prepared, observed }: Plan, data: JobData, recipe: Recipe): Model {
  if (requiredOpset(recipe) === requiredOpset(DEFAULT_RECIPE)) return prepared;
  const { model } = prepareFor(float, data.input, DEFAULT_RECIPE);
  const made = namesDefinedIn(model.graph);
  return observed.every((name) => made.has(name)) ? model : prepared;
}

/** The tensors that the default recipe would observe: looked at on the way, so that a recipe that excludes less finds them. */
function usual(prepared: Model, { observed }: Plan): readonly string[] {
  try {
    return planQuantization(prepared, DEFAULT_RECIPE).observed;
  } catch {
    return observed;
  }
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
