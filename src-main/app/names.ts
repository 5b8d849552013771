import { DEFAULT_RECIPE, needsImages, type Recipe } from '../contract/recipe.ts';

/** What a recipe makes of a model, in a file's name: `int8`, `int16`, `int4-weights`, `float16`. */
export function fileSuffix({ format, weights, activations }: Recipe): string {
  if (format === 'float16') return 'float16';
  if (format === 'dynamic') return `dynamic-${weights}`;
  if (format === 'weight-only') return `${weights}-weights`;
  return activations.endsWith('16') ? 'int16' : 'int8';
}

/** "INT8 per-channel, mse, 100 images", then what differs from the default: lists cut names at their end. */
export function runName(recipe: Recipe): string {
  const { format, weights, granularity, activations, range, percentile, samples, symmetricActivations, exclude, excludeOps, overrides, blockSize } = recipe;
  if (format === 'float16') return 'Half precision';
  const counted = (count: number, what: string): string[] => (count > 0 ? [`${count} ${what}`] : []);
  return [
    `${weights.toUpperCase()} ${blockSize === null ? granularity : `in blocks of ${blockSize}`}`,
    ...(format === 'qdq' ? [] : [format]),
    ...(needsImages(recipe) ? [range === 'percentile' ? `percentile ${percentile}` : range, `${samples} images`] : []),
    ...(!needsImages(recipe) || activations === DEFAULT_RECIPE.activations ? [] : [`${activations.toUpperCase()} activations`]),
    ...(symmetricActivations ? ['symmetric'] : []),
    ...(recipe.ortParity ? ['parity'] : []),
    ...counted(exclude.length + excludeOps.length, 'excluded'),
    ...counted(Object.keys(overrides).length, 'overridden'),
  ].join(', ');
}
