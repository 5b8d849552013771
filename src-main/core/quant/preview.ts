import type { PlanPreview } from '../../contract/results.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { modelSize } from '../onnx/write.ts';
import { emit } from './emit/index.ts';
import { chooseParameters } from './parameters.ts';
import { noisyTensors, predictErrors } from './predict.ts';
import { estimateRanges, type Range } from './ranges/estimate.ts';
import type { Statistics } from './statistics.ts';
import type { Plan } from './types.ts';

/**
 * What follows from a recipe before any image is touched. Without statistics of an earlier run the size is that of the model written with made-up ranges:
 * numbers take the same room whatever they are, and the weights' own warnings come with it.
 * @param statistics of the model's tensors; where one is missing, nothing is predicted
 * @param floatBytes size of the float file with its external data; that of the prepared model, written, where it is not known
 */
export function planPreview(plan: Plan, recipe: Recipe, statistics: ReadonlyMap<string, Statistics> | null, floatBytes?: number): PlanPreview {
  const known = statistics !== null && plan.observed.every((name) => statistics.has(name)) ? statistics : null;
  const ranges = known ? estimateRanges(plan, known, recipe) : madeUp(plan);
  const quantized = chooseParameters(plan, ranges);
  const count = (...placements: string[]): number => plan.placements.filter((placed) => placements.includes(placed.placement)).length;
  const predicted = known && plan.activations.length > 0 ? predictErrors(plan, known, quantized.activations) : null;
  return {
    nodes: { integer: count('integer'), float: count('float', 'float16') },
    placements: plan.placements,
    sizeBytes: { float: floatBytes ?? modelSize(plan.prepared), estimated: modelSize(emit(quantized, recipe).model) },
    predicted,
    // Whether a bias overflows depends on the range of its input, which may be made up here.
    warnings: [...quantized.warnings.filter(({ code }) => known !== null || code !== 'bias-overflow-guard'), ...noisyTensors(predicted ?? [])],
  };
}

function madeUp({ activations }: Plan): Map<string, Range> {
  return new Map(activations.map(({ name }) => [name, { min: -1, max: 1 }]));
}
