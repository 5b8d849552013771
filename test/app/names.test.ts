import { expect, it } from 'vitest';
import { fileSuffix, runName } from '../../src-main/app/names.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';

it.each<[Partial<Recipe>, string, string]>([
  [{}, 'INT8 per-channel, mse, 100 images', 'int8'],
  [{ activations: 'uint16', exclude: ['a', 'b'] }, 'INT16 per-channel, mse, 100 images, UINT16 activations, 2 excluded', 'int16'],
  [{ format: 'qoperator', weights: 'uint8', range: 'percentile' }, 'INT8 per-channel, QOperator, percentile 99.999, 100 images, UINT8 weights', 'int8'],
  [{ format: 'dynamic' }, 'Dynamic INT8 per-channel', 'dynamic-int8'],
  [{ format: 'weight-only', weights: 'int4', blockSize: 32 }, 'Weight-only INT4 in blocks of 32', 'weight-only-int4'],
  [{ format: 'weight-only', weights: 'float16' }, 'Weight-only float16', 'weight-only-float16'],
  [{ format: 'float16', excludeOps: ['Softmax'] }, 'Float16, 1 excluded', 'float16'],
])('%j is called %s and its file %s', (of, name, suffix) => {
  const recipe = { ...DEFAULT_RECIPE, ...of };
  expect(runName(recipe, false)).toBe(name);
  expect(fileSuffix(recipe)).toBe(suffix);
});

it('says what became of a model that came quantized', () => {
  const name = (quantizedInput: Recipe['quantizedInput'], quantized = true): string => runName({ ...DEFAULT_RECIPE, quantizedInput }, quantized);
  expect(name('keep')).toBe('Kept as it came');
  expect(name('keep-ranges')).toBe('INT8 per-channel, mse, 100 images, with its ranges');
  expect(name('keep', false)).toBe('INT8 per-channel, mse, 100 images');
});
