import type { Recipe } from './recipe.ts';
import type { Placement } from './results.ts';

type Kind = Pick<Recipe, 'format' | 'weights' | 'activations'>;

/**
 * What a recipe makes of a model, in the word that stands before "model", "top-1" or "size": `INT8`, `INT16` (by its activations), `W4A8` (4-bit weights between
 * integer activations), `dynamic INT8`, `weight-only INT4`, `weight-only float16`, `float16`.
 */
export function resultWord({ format, weights, activations }: Kind): string {
  if (format === 'float16') return format;
  if (format === 'dynamic' || format === 'weight-only') return `${format} ${weights === 'float16' ? weights : weights.toUpperCase()}`;
  const bits = activations.endsWith('16') ? 16 : 8;
  return weights.endsWith('4') ? `W4A${bits}` : `INT${bits}`;
}

/** The same word at the start of a sentence or a title. */
export function resultTitle(recipe: Kind): string {
  const word = resultWord(recipe);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A placement in words. In weight-only models every node computes in float; some have weights that are stored otherwise. */
export function placementWord(placement: Placement['placement'], { format, weights }: Kind): string {
  if (placement !== 'integer' || format !== 'weight-only') return placement;
  return weights === 'float16' ? 'float16 weights' : 'integer weights';
}

/** Of the nodes that compute (fused ones do not), how many the format has changed; `title` says to what. */
export function changedNodes(placements: readonly Placement[], { format, weights }: Kind): { title: string; changed: number; float: number } {
  const count = (...wanted: Placement['placement'][]): number => placements.filter(({ placement }) => wanted.includes(placement)).length;
  const weightOnly = weights === 'float16' ? 'Nodes of half-precision weights' : 'Nodes of integer weights';
  const title = format === 'float16' ? 'Half-precision nodes' : format === 'weight-only' ? weightOnly : 'Integer nodes';
  return { title, changed: count('integer', 'float16'), float: count('float') };
}
