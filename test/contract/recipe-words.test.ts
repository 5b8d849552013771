import { expect, it } from 'vitest';
import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';
import { changedNodes, placementWord, resultTitle, resultWord } from '../../src-main/contract/recipe-words.ts';
import type { Placement } from '../../src-main/contract/results.ts';

const recipe = (of: Partial<Recipe>): Recipe => ({ ...DEFAULT_RECIPE, ...of });
const place = (placement: Placement['placement']): Placement => ({ node: 'n', op: 'Conv', placement, reason: '' });

it.each([
  [{}, 'INT8'],
  [{ format: 'qoperator', weights: 'uint8' }, 'INT8'],
  [{ activations: 'uint16' }, 'INT16'],
  [{ weights: 'int4' }, 'W4A8'],
  [{ weights: 'uint4', activations: 'int16' }, 'W4A16'],
  [{ format: 'dynamic', weights: 'uint8' }, 'dynamic UINT8'],
  [{ format: 'weight-only', weights: 'int4' }, 'weight-only INT4'],
  [{ format: 'weight-only', weights: 'float16' }, 'weight-only float16'],
  [{ format: 'float16' }, 'float16'],
] as const)('%j makes %s', (of, word) => expect(resultWord(recipe(of))).toBe(word));

it('begins a title', () => expect(resultTitle(recipe({ format: 'dynamic' }))).toBe('Dynamic INT8'));

it('does not call a node integer whose weights alone are', () => {
  expect(placementWord('integer', recipe({}))).toBe('integer');
  expect(placementWord('integer', recipe({ format: 'weight-only' }))).toBe('integer weights');
  expect(placementWord('integer', recipe({ format: 'weight-only', weights: 'float16' }))).toBe('float16 weights');
  expect(placementWord('float', recipe({ format: 'weight-only' }))).toBe('float');
});

it('counts nodes in half precision as changed, and fused ones not at all', () => {
  expect(changedNodes([place('float16'), place('float16'), place('float')], recipe({ format: 'float16' }))).toMatchObject({ changed: 2, float: 1 });
  expect(changedNodes([place('integer'), place('fused'), place('float')], recipe({}))).toEqual({ title: 'Integer nodes', changed: 1, float: 1 });
});
