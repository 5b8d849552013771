import { describe, expect, it } from 'vitest';
import { clippedShare, histogramTable, rebin, spansDecades } from '../../../src-renderer/charts/histogram.ts';

const histogram = { start: -2, width: 0.5, counts: Float64Array.of(1, 2, 3, 4, 5, 5), sampled: 1 };
const observed = { histogram, min: -1.9, max: 0.95 };

describe('rebin', () => {
  it('keeps the total and the ends', () => {
    const bins = rebin(histogram, 4);
    expect(bins.map((bin) => bin.count)).toEqual([3, 7, 10]);
    expect(bins[0]?.from).toBe(-2);
    expect(bins.at(-1)?.to).toBe(1);
  });
  it('leaves small histograms alone', () => expect(rebin(histogram, 100)).toHaveLength(6));
});

describe('clippedShare', () => {
  it('is nothing for a range that covers the exact ends, although they lie inside the outer bins', () =>
    expect(clippedShare(observed, { min: -1.9, max: 0.95 })).toEqual({ below: 0, above: 0 }));
  it('adds whole bins and parts of cut bins', () => {
    // below −1.25: bin 0 (1) and half of bin 1 (1) of 20; above 0.5: the last bin (5) of 20.
    expect(clippedShare(observed, { min: -1.25, max: 0.5 })).toEqual({ below: 0.1, above: 0.25 });
  });
  it('is nothing where nothing was counted', () =>
    expect(clippedShare({ ...observed, histogram: { ...histogram, counts: new Float64Array(3) } }, { min: 0, max: 0 })).toEqual({ below: 0, above: 0 }));
});

it('asks for a log axis only where counts span decades', () => {
  expect(spansDecades(rebin(histogram, 10))).toBe(false);
  expect(spansDecades([{ from: 0, to: 1, count: 5000 }, { from: 1, to: 2, count: 1 }])).toBe(true); // prettier-ignore
});

it('tables every bin with its exact edges', () => {
  expect(histogramTable(histogram).rows[3]).toEqual([-0.5, 0, 4]);
});
