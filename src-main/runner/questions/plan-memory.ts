import { CalibrantError } from '../../contract/errors.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { assertQuantizable } from '../../core/onnx/support.ts';
import { planQuantization } from '../../core/quant/plan.ts';
import type { Plan } from '../../core/quant/types.ts';
import type { ModelFile } from '../model-file.ts';
import { sourceOf } from '../quantize/existing.ts';
import { prepareWithoutData } from '../quantize/prepare.ts';

/** What a run had planned, and what it would have without a range that somebody gave. */
export interface PlanOfRun {
  plan: Plan;
  /** With the range of this tensor left to observation. */
  free(tensor: string): Plan;
}

/** Plans of the last model and recipe: questions about its tensors come by the dozen a second, and a plan takes longer than that. */
export function createPlanMemory(): (file: ModelFile, recipe: Recipe) => PlanOfRun {
  let last: { file: ModelFile; recipe: string; plan: PlanOfRun } | undefined;
  return (file, recipe) => {
    const key = JSON.stringify(recipe);
    if (last?.file === file && last.recipe === key) return last.plan;
    last = { file, recipe: key, plan: planOf(file, recipe) };
    return last.plan;
  };
}

function planOf(file: ModelFile, recipe: Recipe): PlanOfRun {
  const { float, trained, kept } = sourceOf(file.model, recipe);
  if (kept) throw new CalibrantError('not-found', 'The model came with its ranges and was kept as it is, so nothing was chosen. Quantized anew, it is.');
  assertQuantizable(float);
  const prepared = prepareWithoutData(float, recipe).model;
  const plan = planQuantization(prepared, recipe, trained);
  return {
    plan,
    free: (tensor) => {
      if (plan.activations.find(({ name }) => name === tensor)?.range.from !== 'given') return plan;
      return planQuantization(prepared, { ...recipe, overrides: withoutRange(recipe.overrides, tensor) });
    },
  };
}

const GIVES_RANGE = new Set(['min', 'max', 'scale', 'zeroPoint']);

function withoutRange(overrides: Recipe['overrides'], tensor: string): Recipe['overrides'] {
  const { [tensor]: override, ...others } = overrides;
  const rest = Object.fromEntries(Object.entries(override ?? {}).filter(([key]) => !GIVES_RANGE.has(key)));
  return Object.keys(rest).length > 0 ? { ...others, [tensor]: rest } : others;
}
