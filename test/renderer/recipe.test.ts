import { expect, it } from 'vitest';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { recipeShort, recipeWords, sameRecipe } from '../../src-renderer/components/recipe.ts';

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
