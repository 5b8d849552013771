import { describe, expect, it } from 'vitest';
import type { DiagnosedTensor, TensorError } from '../../../src-main/contract/results.ts';
import { errorColumns, errorRow, unknownError, worstFirst } from '../../../src-renderer/views/evidence/tensor-errors.ts';

const error = (sqnrDb: number | null, mse = 0.01, cosine: number | null = 0.999): TensorError => ({ sqnrDb, cosine, mse, maxAbs: 0.3 });
const tensor = (name: string, index: number, cumulative: TensorError, local: TensorError | null = error(40)): DiagnosedTensor => ({
  name,
  node: name,
  op: 'Conv',
  index,
  elements: 10,
  cumulative,
  local,
});

describe('worst first', () => {
  it('puts the lowest SQNR on top, unknown ones last, equal ones in the order of the graph', () => {
    const tensors = [tensor('exact', 0, error(null, 0)), tensor('later', 9, error(20)), tensor('earlier', 2, error(20)), tensor('broken', 5, error(-3))];
    expect(worstFirst(tensors).map(({ name }) => name)).toEqual(['broken', 'earlier', 'later', 'exact']);
  });
});

describe('a row of the heatmap', () => {
  it('has the six metrics in the order of the columns, cosine as its distance from 1', () => {
    const { values } = errorRow(tensor('a', 0, error(30, 0.01, 0.99), error(40, 0.001, 0.9999)), true);
    expect(values[0]).toBe(30);
    expect(values[1]).toBe(40);
    expect(values[2]).toBeCloseTo(0.01, 12);
    expect(values[3]).toBeCloseTo(0.0001, 12);
    expect(values.slice(4)).toEqual([0.01, 0.001]);
  });
  it('leaves what is not known unknown, with the reason', () => {
    const row = errorRow(tensor('a', 0, error(30), null), true);
    expect(row.values[1]).toBeNull();
    expect(row.unknown).toBe('not quantized itself');
  });
  it('has no local columns where no tensor has an error of its own', () => {
    expect(errorColumns(true)).toHaveLength(6);
    expect(errorColumns(false).map(({ key }) => key)).toEqual(['sqnr', 'cosine', 'mse']);
    expect(errorRow(tensor('a', 0, error(30, 0.01, 0.99), null), false).values).toEqual([30, expect.closeTo(0.01), 0.01]);
  });

  it('never falls below 0 where rounding brings a cosine above 1', () => expect(errorRow(tensor('a', 0, error(90, 1e-9, 1.0000001)), true).values[2]).toBe(0));
});

it('tells the three reasons for a missing SQNR apart', () => {
  expect(new Set([unknownError(null), unknownError(error(null, 0)), unknownError(error(null, 1))]).size).toBe(3);
});
