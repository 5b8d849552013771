import type { RunRow } from '../../../src-main/contract/projects.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import type { Range } from '../../charts/histogram.ts';
import { startedFrom } from './started-from.ts';

/** The recipe with this range for one tensor; what else it says of the tensor stays. */
export function withRange(recipe: Recipe, tensor: string, { min, max }: Range): Recipe {
  const { type, symmetric, granularity, codes } = recipe.overrides[tensor] ?? {};
  const rest = Object.fromEntries(Object.entries({ type, symmetric, granularity, codes }).filter(([, value]) => value !== undefined));
  return { ...recipe, overrides: { ...recipe.overrides, [tensor]: { ...rest, min, max } } };
}

/** Names a change of one tensor's range, so that the run that tried it is found again. */
export function rangeAdvice(tensor: string): string {
  return `range:${tensor}`;
}

/** The newest run that tried another range for the tensor of a run. */
export function triedRun(rows: readonly RunRow[], runId: string, tensor: string): RunRow | null {
  return startedFrom(rows, runId, rangeAdvice(tensor));
}
