import { DEFAULT_RECIPE, needsImages, type Recipe } from '../contract/recipe.ts';
import { resultTitle, resultWord } from '../contract/recipe-words.ts';

/** What a recipe makes of a model, in a file's name: `int8`, `int16`, `weight-only-int4`, `float16`. */
export function fileSuffix(recipe: Recipe): string {
  return resultWord(recipe).toLowerCase().replaceAll(' ', '-');
}

const EXISTING: Record<Recipe['quantizedInput'], string[]> = { refuse: [], keep: [], 'keep-ranges': ['with its ranges'], dequantize: ['dequantized'] };

/**
 * "INT8 per-channel, mse, 100 images", then what differs from the default: lists cut names at their end.
 * @param quantized the model came quantized, so that the recipe says what becomes of it
 */
export function runName(recipe: Recipe, quantized: boolean): string {
  if (quantized && recipe.quantizedInput === 'keep') return 'Kept as it came';
  const { format, weights, granularity, activations, range, percentile, samples, symmetricActivations, exclude, excludeOps, overrides, blockSize } = recipe;
  const calibrates = needsImages(recipe);
  const scaled = format !== 'float16' && weights !== 'float16';
  const counted = (count: number, what: string): string[] => (count > 0 ? [`${count} ${what}`] : []);
  const typed = (type: string, usual: string, what: string): string[] => (calibrates && type !== usual ? [`${type.toUpperCase()} ${what}`] : []);
  return [
    [resultTitle(recipe), ...(scaled ? [blockSize === null ? granularity : `in blocks of ${blockSize}`] : [])].join(' '),
    ...(format === 'qoperator' ? ['QOperator'] : []),
    ...(calibrates ? [range === 'percentile' ? `percentile ${percentile}` : range, `${samples} images`] : []),
    ...typed(activations, DEFAULT_RECIPE.activations, 'activations'),
    ...typed(weights, DEFAULT_RECIPE.weights, 'weights'),
    ...(calibrates && symmetricActivations ? ['symmetric'] : []),
    ...(quantized ? EXISTING[recipe.quantizedInput] : []),
    ...(recipe.ortParity ? ['parity'] : []),
    ...counted(exclude.length + excludeOps.length, 'excluded'),
    ...counted(Object.keys(overrides).length, 'overridden'),
  ].join(', ');
}
