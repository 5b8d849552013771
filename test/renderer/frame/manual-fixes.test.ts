import { expect, it } from 'vitest';
import type { RunRow } from '../../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import type { QuantizedTensor, QuantizeResult } from '../../../src-main/contract/results.ts';
import { keepFloat, widen } from '../../../src-renderer/frame/manual-fixes.ts';

const row = (recipe: Partial<Recipe> = {}): RunRow => ({ recipe: { ...DEFAULT_RECIPE, ...recipe } }) as RunRow;
const tensor = (of: Partial<QuantizedTensor> = {}): QuantizedTensor => ({ name: 't', kind: 'activation', type: 'uint8', ...of }) as QuantizedTensor;
const placed = {
  placements: [
    { node: 'conv', op: 'Conv', placement: 'integer', reason: '' },
    { node: 'relu', op: 'Relu', placement: 'fused', reason: '' },
  ],
} as unknown as QuantizeResult;

it('keeps a node float beside those that are already', () => {
  expect(keepFloat(row({ exclude: ['stem'] }), placed, 'conv')).toMatchObject({
    id: 'manual:float:conv',
    recipe: { exclude: ['stem', 'conv'] },
    refused: null,
  });
});

it.each(['relu', 'not there'])('offers nothing for %s, which is no integer node', (node) => expect(keepFloat(row(), placed, node)).toBeNull());

it.each([
  ['uint8', 'uint16'],
  ['int8', 'int16'],
] as const)('%s activations become %s, and the range that was set stays', (activations, type) => {
  const overrides = { t: { min: -1, max: 1 } } as Recipe['overrides'];
  expect(widen(row({ activations, overrides }), tensor({ type: activations }))).toMatchObject({
    id: 'manual:wide:t',
    recipe: { overrides: { t: { type, min: -1, max: 1 } } },
    refused: null,
  });
});

it('says why where the format has no 16 bits', () => {
  expect(widen(row({ format: 'qoperator' }), tensor())?.refused).toContain('uint16, which the format qoperator cannot hold');
});

it.each([tensor({ type: 'int16' }), tensor({ kind: 'bias', type: 'int32' }), tensor({ type: 'float16' })])('has nothing to widen: %o', (one) =>
  expect(widen(row(), one)).toBeNull(),
);
