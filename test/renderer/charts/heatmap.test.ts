import { describe, expect, it } from 'vitest';
import { badness, endsOf, heatmapTable, worstOf, type HeatmapColumn, type HeatmapRow } from '../../../src-renderer/charts/heatmap.ts';

const sqnr: HeatmapColumn = { key: 's', title: 'SQNR', unit: 'dB', hint: '', good: 'high', scale: 'linear', format: String };
const mse: HeatmapColumn = { key: 'm', title: 'MSE', unit: '', hint: '', good: 'low', scale: 'log', format: String };
const rows: HeatmapRow[] = [
  { key: 'a', label: 'a', values: [40, 1e-6], unknown: [] },
  { key: 'b', label: 'b', values: [10, 1e-2], unknown: [] },
  { key: 'c', label: 'c', values: [null, 0], unknown: [] },
];

describe('ends of a scale', () => {
  it('are those of the data, good and bad by meaning', () => {
    expect(endsOf(sqnr, rows, 0)).toEqual({ good: 40, bad: 10 });
    expect(endsOf(mse, rows, 1)).toEqual({ good: 1e-6, bad: 1e-2 });
  });
  it('are fixed where the metric says so, so that runs can be compared', () =>
    expect(endsOf({ ...sqnr, ends: { good: 50, bad: 10 } }, rows, 0)).toEqual({ good: 50, bad: 10 }));
  it('are nothing without data', () => expect(endsOf(sqnr, rows.slice(2), 0)).toBeNull());
});

describe('badness', () => {
  it('runs from the good end to the bad one, also downwards', () => {
    expect(badness(40, sqnr, { good: 40, bad: 10 })).toBe(0);
    expect(badness(25, sqnr, { good: 40, bad: 10 })).toBe(0.5);
    expect(badness(-3, sqnr, { good: 40, bad: 10 })).toBe(1);
  });
  it('counts decades on a log scale and takes an exact 0 as perfect', () => {
    expect(badness(1e-4, mse, { good: 1e-6, bad: 1e-2 })).toBeCloseTo(0.5, 12);
    expect(badness(0, mse, { good: 1e-6, bad: 1e-2 })).toBe(0);
  });
  it('is 0 where everything is equal', () => expect(badness(3, sqnr, { good: 3, bad: 3 })).toBe(0));
});

it('lets no bad row hide when several share a line of pixels', () => {
  const rank = (value: number): number => badness(value, sqnr, { good: 40, bad: 10 });
  expect(worstOf(rows, 0, 3, 0, rank)).toBe(10);
  expect(worstOf(rows, 2, 3, 0, rank)).toBeNull();
});

it('tables the numbers with their units and leaves unknown ones empty', () => {
  const table = heatmapTable(rows, [sqnr, mse], 'tensor');
  expect(table.columns).toEqual(['tensor', 'SQNR (dB)', 'MSE']);
  expect(table.rows[2]).toEqual(['c', null, 0]);
});
