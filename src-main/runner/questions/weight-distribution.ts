import { CalibrantError } from '../../contract/errors.ts';
import type { WeightDistribution } from '../../contract/evidence.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { weightDistribution } from '../../core/quant/weight-distribution.ts';
import type { PlanOfRun } from './plan-memory.ts';

/** The float values of a weight as the model was prepared for its recipe. Throws `not-found` for what was not quantized. */
export function distributionOfWeight({ plan }: PlanOfRun, weight: string, { ortParity }: Recipe): WeightDistribution {
  const planned = plan.weights.find(({ name }) => name === weight) ?? null;
  const tensor = plan.model.graph.constants.get(weight);
  if (!tensor || (!planned && !plan.halfWeights.includes(weight))) {
    throw new CalibrantError('not-found', `The model has no weight "${weight}" that this run quantized; choose one from the list.`);
  }
  return weightDistribution(tensor, planned, ortParity);
}
