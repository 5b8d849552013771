import { describe, expect, it } from 'vitest';
import type { RunRow } from '../../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../../src-main/contract/recipe.ts';
import type { QuantizedTensor, RunResult } from '../../../src-main/contract/results.ts';
import { channelRanges, rangeRatio, worstChannelsFirst } from '../../../src-renderer/charts/channel-ranges.ts';
import { rangeAdvice, triedRun, withRange } from '../../../src-renderer/views/evidence/range-recipe.ts';
import { filtered, listedTensors } from '../../../src-renderer/views/evidence/tensor-list.ts';

describe('a recipe with another range for one tensor', () => {
  const recipe: Recipe = { ...DEFAULT_RECIPE, overrides: { a: { type: 'int8', scale: 0.1, zeroPoint: 3 }, b: { min: -1, max: 1 } } };

  it('keeps all else that it says, but for a scale that would contradict', () => {
    expect(withRange(recipe, 'a', { min: -2, max: 2 }).overrides).toEqual({ a: { type: 'int8', min: -2, max: 2 }, b: { min: -1, max: 1 } });
    expect(withRange(recipe, 'c', { min: 0, max: 2 }).overrides['c']).toEqual({ min: 0, max: 2 });
    expect(withRange(recipe, 'b', { min: 0, max: 2 }).overrides['b']).toEqual({ min: 0, max: 2 });
  });

  it('is found again by the run that tried it, the newest one', () => {
    const row = (id: string, createdAt: string, tensor: string): RunRow => ({ id, createdAt, from: { runId: 'r', adviceId: rangeAdvice(tensor) } }) as RunRow;
    const rows = [row('1', '2026-01-01', 'a'), row('2', '2026-01-03', 'a'), row('3', '2026-01-04', 'b'), { id: '4', from: null } as RunRow];
    expect(triedRun(rows, 'r', 'a')?.id).toBe('2');
    expect(triedRun(rows, 'other', 'a')).toBeNull();
  });
});

describe('ranges by channel', () => {
  it('stand narrowest first, or by SQNR where it is known; all-zero channels lose nothing', () => {
    const widths = channelRanges([-1, 0, -0.1, -4], [2, 0, 0.01, 1]);
    expect(worstChannelsFirst(widths).map(({ channel }) => channel)).toEqual([2, 0, 3, 1]);
    expect(rangeRatio(widths)).toBe(40);
    expect(worstChannelsFirst(channelRanges([-1, 0, -0.1], [2, 0, 0.01], [12, null, 30])).map(({ channel }) => channel)).toEqual([0, 2, 1]);
    expect(rangeRatio(channelRanges([0], [0]))).toBeNull();
  });
});

describe('the list of tensors', () => {
  const tensor = (name: string, kind: QuantizedTensor['kind'], channelRangeRatio?: number): QuantizedTensor =>
    ({ name, kind, channelRangeRatio }) as QuantizedTensor;
  const result = {
    quantize: { tensors: [tensor('a', 'activation'), tensor('w', 'weight', 5), tensor('v', 'weight', 7), tensor('b', 'bias')] },
    diagnose: { tensors: [{ name: 'a', local: { sqnrDb: 40 } }], weights: [{ name: 'w', sqnrDb: 30, rangeRatio: 6 }] },
  } as unknown as RunResult;

  it('has activations and weights with what quantizing them alone costs', () => {
    expect(listedTensors(result).map(({ tensor: { name }, sqnrDb, compared, rangeRatio }) => [name, sqnrDb, compared, rangeRatio])).toEqual([
      ['a', 40, true, null],
      ['w', 30, true, 6],
      ['v', null, false, 7],
    ]);
  });

  it('is filtered by kind and name', () => {
    const list = listedTensors(result);
    expect(filtered(list, 'weight', '').map((one) => one.tensor.name)).toEqual(['w', 'v']);
    expect(filtered(list, 'all', ' A').map((one) => one.tensor.name)).toEqual(['a']);
  });
});
