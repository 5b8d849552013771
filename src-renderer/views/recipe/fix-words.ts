import type { Decided } from '../../../src-main/contract/presets.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { choiceWords } from '../../components/recipe.ts';

/** What a fix of a conflict does, for its button: "Take INT8 weights"; the override that a fix drops by its tensor. */
export function fixWords(recipe: Recipe, fix: Partial<Recipe>): string {
  if (fix.overrides) {
    const dropped = Object.keys(recipe.overrides).filter((tensor) => !(tensor in (fix.overrides ?? {})));
    return `Drop the override of ${dropped.join(', ')}`;
  }
  const changed = (Object.keys(fix) as Decided[]).filter((option) => fix[option] !== recipe[option]);
  return `Take ${changed.map((option) => choiceWords({ ...recipe, ...fix }, option)).join(', ')}`;
}
