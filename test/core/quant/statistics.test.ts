import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { TensorStatisticsSchema } from '../../../src-main/contract/results.ts';
import { StatisticsFileSchema } from '../../../src-main/contract/statistics.ts';
import { createScanner } from '../../../src-main/core/quant/scan.ts';
import { createCollector } from '../../../src-main/core/quant/collector.ts';
import { toTensorStatistics, type Statistics } from '../../../src-main/core/quant/statistics.ts';
import { statisticsFromFile, statisticsToFile } from '../../../src-main/core/quant/statistics-file.ts';
import { noise } from './build.ts';

/** Images of very different sizes of values, some all zero, one tensor big enough to be sampled. */
const images = [0, 3, 1e-6, 1000, 0.5, 0, 7, 40].map((amplitude, i) => ({ small: noise(100, amplitude, i + 1), big: noise(9001, amplitude, i + 50) }));

function collect(order: number[], batch: number): Map<string, Statistics> {
  const collector = createCollector(['small', 'big']);
  for (let i = 0; i < order.length; i += batch) {
    const part = order.slice(i, i + batch).map((index) => images[index] as (typeof images)[number]);
    for (const name of ['small', 'big'] as const) {
      const joined = Float32Array.from(part.flatMap((image) => [...image[name]]));
      expect(collector.add(name, joined, part.length)).toBe(true);
    }
  }
  return collector.finish();
}

describe('statistics', () => {
  const reference = collect([0, 1, 2, 3, 4, 5, 6, 7], 1);

  it.each([
    ['another order', [7, 3, 5, 1, 0, 2, 6, 4], 1],
    ['the widest image first', [3, 0, 1, 2, 4, 5, 6, 7], 1],
    ['batches of 3', [0, 1, 2, 3, 4, 5, 6, 7], 3],
    ['one batch, backwards', [7, 6, 5, 4, 3, 2, 1, 0], 8],
  ])('are the same to the last bit for %s', (_name, order, batch) => {
    expect(collect(order, batch)).toEqual(reference);
  });

  it('have exact ends, counts and moments', () => {
    const values = images.flatMap((image) => [...image.small]);
    const s = reference.get('small') as Statistics;
    expect(s.min).toBe(Math.min(...values));
    expect(s.max).toBe(Math.max(...values));
    expect(s.count).toBe(800);
    expect(s.sampled).toBe(800);
    expect(s.sum).toBeCloseTo(
      values.reduce((a, b) => a + b, 0),
      9,
    );
    expect(s.sumOfSquares / values.reduce((a, b) => a + b * b, 0)).toBeCloseTo(1, 6);
  });

  it('keep the ends exact and say the share where they sample', () => {
    const s = reference.get('big') as Statistics;
    const values = images.flatMap((image) => [...image.big]);
    expect([s.min, s.max, s.count]).toEqual([values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b)), values.length]);
    const window = v.parse(TensorStatisticsSchema, toTensorStatistics('big', s));
    expect(window.histogram.sampled).toBe(s.sampled / s.count);
    expect(window.histogram.sampled).toBeLessThan(0.04);
    expect(s.histogram.counts.reduce((a, b) => a + b)).toBe(s.sampled);
  });

  it('put every value into the bin that covers it', () => {
    const { histogram } = reference.get('small') as Statistics;
    const expected = new Float64Array(histogram.counts.length);
    for (const value of images.flatMap(({ small }) => [...small])) {
      const bin = Math.floor(value / histogram.width) - histogram.first;
      expected[bin] = (expected[bin] as number) + 1;
    }
    expect(histogram.counts).toEqual(expected);
    expect(Number.isInteger(Math.log2(histogram.width))).toBe(true);
  });

  it('refuse NaN and infinity wherever they are, and keep nothing of the tensor', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (const at of [0, 5, 16383, 16384, 20000]) {
        const collector = createCollector(['t']);
        const values = noise(20001);
        values[at] = bad;
        expect(collector.add('t', values)).toBe(false);
        expect(collector.finish().size).toBe(0);
      }
    }
  });

  it('come back from JSON as they were', () => {
    const file: unknown = JSON.parse(JSON.stringify(statisticsToFile(reference)));
    expect(statisticsFromFile(v.parse(StatisticsFileSchema, file))).toEqual(reference);
  });

  it('describe a tensor that is always zero', () => {
    const collector = createCollector(['t', 'never']);
    collector.add('t', new Float32Array(10));
    const found = collector.finish();
    expect([...found.keys()]).toEqual(['t']);
    expect(toTensorStatistics('t', found.get('t') as Statistics)).toMatchObject({ min: 0, max: 0, mean: 0, std: 0, count: 10 });
  });

  it('survive the largest and smallest float32 values', () => {
    const collector = createCollector(['t']);
    collector.add('t', Float32Array.of(1e-45, -3.4e38, 3.4e38, -1e-45));
    const s = collector.finish().get('t') as Statistics;
    expect(s.histogram.counts.reduce((a, b) => a + b)).toBe(4);
    expect(Number.isFinite(s.sumOfSquares)).toBe(true);
  });
});

describe('the scanner', () => {
  it.each([1, 15, 16, 17, 16383, 16384, 16385, 50000])('finds the extremes of %i values', (count) => {
    const scan = createScanner();
    // An offset that is no multiple of 16 bytes, as in a view on another array.
    const values = noise(count + 1, 5, count).subarray(1);
    for (const sign of [1, -1]) {
      const shifted = values.map((value) => value * sign + 7 * sign);
      expect(scan(shifted)).toEqual({ min: shifted.reduce((a, b) => Math.min(a, b)), max: shifted.reduce((a, b) => Math.max(a, b)), finite: true });
    }
  });
});
