import type { Recipe } from '../../../src-main/contract/recipe.ts';

/** Why a run has no quantized activations, and so no range to draw. */
export function withoutRanges({ format }: Pick<Recipe, 'format'>): { title: string; text: string } {
  if (format === 'dynamic') {
    return {
      title: 'Ranges are found while the model runs',
      text: 'A dynamic model measures each activation anew for every image and spreads uint8 codes over it; so no range was chosen, and nothing is clipped.',
    };
  }
  if (format === 'weight-only') {
    return {
      title: 'Activations stay float',
      text: 'A weight-only model stores its weights in fewer bits and makes them float again before they are used; no activation has a range.',
    };
  }
  if (format === 'float16') {
    return {
      title: 'Half precision has no ranges',
      text: 'Values stay floating point and keep about three digits wherever they lie. What would exceed \u00b165\u202f504 on the images stands among the warnings in the overview.',
    };
  }
  return {
    title: 'No activations were quantized',
    text: 'With every node left in float there is no range to show. Give some nodes back to integers in the recipe.',
  };
}
