import { describe, expect, it } from 'vitest';
import type { DiagnosedTensor, TensorError } from '../../../src-main/contract/results.ts';
import { unknownError, worstFirst } from '../../../src-renderer/views/evidence/tensor-errors.ts';

const error = (sqnrDb: number | null, mse = 0.01): TensorError => ({ sqnrDb, cosine: 0.999, mse, maxAbs: 0.3 });
const tensor = (name: string, index: number, cumulative: TensorError): DiagnosedTensor => ({
  name,
  node: name,
  op: 'Conv',
  index,
  elements: 10,
  cumulative,
  local: null,
});

describe('worst first', () => {
  it('puts the lowest SQNR on top, unknown ones last, equal ones in the order of the graph', () => {
    const tensors = [tensor('exact', 0, error(null, 0)), tensor('later', 9, error(20)), tensor('earlier', 2, error(20)), tensor('broken', 5, error(-3))];
    expect(worstFirst(tensors).map(({ name }) => name)).toEqual(['broken', 'earlier', 'later', 'exact']);
  });
});

it('tells the three reasons for a missing SQNR apart', () => {
  expect(new Set([unknownError(null), unknownError(error(null, 0)), unknownError(error(null, 1))]).size).toBe(3);
});
