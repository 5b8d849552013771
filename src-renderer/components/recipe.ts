import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';
import { plural } from './format.ts';
import type { TermName } from './glossary.ts';

export const GRANULARITY_WORDS: Record<Recipe['granularity'], string> = { 'per-channel': 'per channel', 'per-tensor': 'per tensor' };
export const RANGE_WORDS = { mse: 'least squared error', minmax: 'min–max' } as const satisfies Record<Recipe['range'], TermName>;

/** A recipe as one line: what is always said first, then whatever differs from the default. */
export function recipeWords(recipe: Recipe): string {
  const { weights, granularity, activations, range, samples, symmetricActivations, seed, exclude } = recipe;
  return [
    `${weights.toUpperCase()} weights ${GRANULARITY_WORDS[granularity]}`,
    `${symmetricActivations ? 'symmetric ' : ''}${activations.toUpperCase()} activations`,
    `ranges by ${RANGE_WORDS[range]} from ${plural(samples, 'image')}`,
    ...(seed === DEFAULT_RECIPE.seed ? [] : [seed === 'none' ? 'in sorted order' : `seed ${seed}`]),
    ...(exclude.length > 0 ? [`float: ${exclude.join(', ')}`] : []),
  ].join(', ');
}

/** The same for a narrow column: what most often tells two runs apart comes first. */
export function recipeShort(recipe: Recipe): string {
  const { weights, granularity, activations, range, samples, symmetricActivations, seed, exclude } = recipe;
  return [
    GRANULARITY_WORDS[granularity],
    `${weights.toUpperCase()} × ${activations.toUpperCase()}`,
    RANGE_WORDS[range],
    plural(samples, 'image'),
    ...(symmetricActivations ? ['symmetric'] : []),
    ...(exclude.length > 0 ? [`${exclude.length} excluded`] : []),
    ...(seed === DEFAULT_RECIPE.seed ? [] : [seed === 'none' ? 'sorted order' : `seed ${seed}`]),
  ].join(', ');
}

/** Whether two recipes ask for the same, field by field. */
export function sameRecipe(a: Recipe, b: Recipe): boolean {
  return (Object.keys(DEFAULT_RECIPE) as (keyof Recipe)[]).every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}
