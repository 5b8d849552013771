import { expect, it } from 'vitest';
import type { PredictedError } from '../../../src-main/contract/results.ts';
import { predictedSummary, predictedTable } from '../../../src-renderer/charts/predicted.ts';

const one = (tensor: string, sqnrDb: number | null): PredictedError => ({ tensor, node: `${tensor}/node`, op: 'Conv', min: -1, max: 2, sqnrDb, clipped: 0.5 });

it('finds the worst and the middle one; what has no signal counts for neither', () => {
  expect(predictedSummary([one('a', 40), one('b', null), one('c', 12), one('d', 44)])).toMatchObject({ worst: { tensor: 'c' }, medianDb: 40 });
  expect(predictedSummary([one('a', 40), one('b', 30)])?.medianDb).toBe(30);
  expect(predictedSummary([one('b', null)])).toBeNull();
  expect(predictedSummary(null)).toBeNull();
});

it('tables everything in the order of the graph', () =>
  expect(predictedTable([one('b', null), one('a', 40)])).toEqual({
    columns: ['tensor', 'node', 'operator', 'min', 'max', 'SQNR (dB)', 'clipped (%)'],
    rows: [
      ['b', 'b/node', 'Conv', -1, 2, null, 0.5],
      ['a', 'a/node', 'Conv', -1, 2, 40, 0.5],
    ],
  }));
