import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { optionsWithoutEffect, recipeConflicts } from '../../../src-main/contract/recipe-conflicts.ts';

/** Why an option changes nothing in this recipe; null where it does. */
export function idleReason(recipe: Recipe, option: keyof Recipe): string | null {
  const [idle] = optionsWithoutEffect(recipe, [option]);
  return idle ? `No effect with ${idle.because}.` : null;
}

/**
 * Why a value of an option cannot be had now; null where it can. A value whose conflict is mended by changing something else may be chosen: the screen
 * then offers that change.
 */
export function valueReason<K extends keyof Recipe>(recipe: Recipe, option: K, value: Recipe[K]): string | null {
  if (recipe[option] === value) return null;
  const before = new Set(recipeConflicts(recipe).map(({ message }) => message));
  const conflict = recipeConflicts({ ...recipe, [option]: value }).find(({ message, fix }) => !before.has(message) && (option in fix || 'format' in fix));
  return conflict?.message ?? null;
}

/** Why nothing but the value in force can be had of an option; null where there is a choice. */
export function fixedReason<K extends keyof Recipe>(recipe: Recipe, option: K, values: readonly Recipe[K][]): string | null {
  const idle = idleReason(recipe, option);
  if (idle) return idle;
  const reasons = values.filter((value) => value !== recipe[option]).map((value) => valueReason(recipe, option, value));
  return reasons.every((reason) => reason !== null) ? (reasons[0] ?? null) : null;
}
