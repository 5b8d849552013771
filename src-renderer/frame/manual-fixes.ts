import type { RunRow } from '../../src-main/contract/projects.ts';
import { recipeConflicts } from '../../src-main/contract/recipe-conflicts.ts';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import type { QuantizedTensor, QuantizeResult } from '../../src-main/contract/results.ts';

/** A change of a run's recipe for one node or tensor; with `refused` it cannot be had, and that is why. */
export interface ManualFix {
  /** In `from.adviceId` of the runs that try it. */
  id: string;
  title: string;
  /** What the run changes; its name. */
  change: string;
  recipe: Recipe;
  refused: string | null;
}

/** Leaves a node out of quantization; null where it runs in float anyway, or costs nothing. */
export function keepFloat(row: RunRow, quantize: QuantizeResult, node: string): ManualFix | null {
  if (quantize.placements.find((one) => one.node === node)?.placement !== 'integer') return null;
  const recipe = { ...row.recipe, exclude: [...row.recipe.exclude, node] };
  return fix(`manual:float:${node}`, 'Keep this node float', `${node} stays float`, recipe);
}

/** Gives a tensor of 8 or 4 bits a type of 16, signed as the activations are; null where it has that many, or none to choose. */
export function widen(row: RunRow, tensor: QuantizedTensor): ManualFix | null {
  if (tensor.kind === 'bias' || tensor.type === 'float16' || tensor.type.endsWith('16')) return null;
  const { recipe } = row;
  const type = (tensor.kind === 'activation' ? recipe.activations : recipe.weights).startsWith('u') ? 'uint16' : 'int16';
  const wide = { ...recipe, overrides: { ...recipe.overrides, [tensor.name]: { ...recipe.overrides[tensor.name], type } as const } };
  return fix(`manual:wide:${tensor.name}`, '16 bits for this tensor', `${tensor.name} in ${type}`, wide);
}

function fix(id: string, title: string, change: string, recipe: Recipe): ManualFix {
  return { id, title, change, recipe, refused: recipeConflicts(recipe)[0]?.message ?? null };
}
