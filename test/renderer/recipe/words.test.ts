import { expect, it } from 'vitest';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import { overrideWords, recipeShort, recipeWords, sameRecipe } from '../../../src-renderer/components/recipe.ts';

it('says the default in one line', () =>
  expect(recipeWords(DEFAULT_RECIPE)).toBe('INT8 weights per channel, UINT8 activations, ranges by least squared error from 100 images'));

it('adds only what differs from the default', () =>
  expect(
    recipeWords({ ...DEFAULT_RECIPE, granularity: 'per-tensor', symmetricActivations: true, samples: 1, seed: 'none', exclude: ['/head/.*', 'Gemm_1'] }),
  ).toBe('INT8 weights per tensor, symmetric UINT8 activations, ranges by least squared error from 1 image, in sorted order, float: /head/.*, Gemm_1'));

it('puts what differs first where there is little room', () =>
  expect(recipeShort({ ...DEFAULT_RECIPE, exclude: ['a', 'b'], seed: 7 })).toBe(
    'per channel, INT8 × UINT8, least squared error, 100 images, 2 excluded, seed 7',
  ));

it('tells recipes apart by every field', () => {
  expect(sameRecipe(DEFAULT_RECIPE, { ...DEFAULT_RECIPE, exclude: [] })).toBe(true);
  expect(sameRecipe(DEFAULT_RECIPE, { ...DEFAULT_RECIPE, exclude: ['a'] })).toBe(false);
  expect(sameRecipe(DEFAULT_RECIPE, { ...DEFAULT_RECIPE, seed: 1 })).toBe(false);
});

it.each<[string, Partial<Recipe>, string, string]>([
  ['percentile', { range: 'percentile', percentile: 99.9 }, 'INT8 weights per channel, UINT8 activations, ranges by percentile 99.9\u00a0% from 100 images', 'per channel, INT8 × UINT8, percentile 99.9\u00a0%, 100 images'],
  ['dynamic', { format: 'dynamic', range: 'minmax' }, 'dynamic, INT8 weights per channel', 'dynamic, per channel, INT8 weights'],
  ['blocks', { format: 'weight-only', weights: 'int4', blockSize: 32 }, 'weight-only, INT4 weights in blocks of 32', 'weight-only, in blocks of 32, INT4 weights'],
  ['half precision', { format: 'float16', excludeOps: ['Resize'], weightCodes: 'full' }, 'half precision, float: Resize', 'half precision, 1 excluded'],
  ['rules and codes', { target: 'tflite', activations: 'int8', weightCodes: 'reduced', inputType: 'quantized' }, 'INT8 weights per channel, INT8 activations, ranges by least squared error from 100 images, weights in the reduced range, rules of TFLite, quantized input', 'per channel, INT8 × INT8, least squared error, 100 images, weights in the reduced range, rules of TFLite, quantized input'],
  ['an override', { overrides: { x: { type: 'int16', min: -1, max: 3 } } }, 'INT8 weights per channel, UINT8 activations, ranges by least squared error from 100 images, x: INT16, range \u22121.00 … 3.00', 'per channel, INT8 × UINT8, least squared error, 100 images, 1 override'],
])('says %s', (_, change, words, short) => {
  expect(recipeWords({ ...DEFAULT_RECIPE, ...change })).toBe(words);
  expect(recipeShort({ ...DEFAULT_RECIPE, ...change })).toBe(short);
}); // prettier-ignore

it('says an override in the order of its editor', () =>
  expect(overrideWords({ scale: 0.5, zeroPoint: 3, codes: 'full', granularity: 'per-tensor', symmetric: false })).toBe(
    'asymmetric, per tensor, full range, scale 0.500, zero point 3',
  ));
