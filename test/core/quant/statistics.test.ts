import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { TensorStatisticsSchema } from '../../../src-main/contract/results.ts';
import { StatisticsFileSchema } from '../../../src-main/contract/statistics.ts';
import { createScanner } from '../../../src-main/core/quant/scan.ts';
import { createCollector } from '../../../src-main/core/quant/collector.ts';
import { toTensorStatistics, type Statistics } from '../../../src-main/core/quant/statistics.ts';
import { mergeStatistics } from '../../../src-main/core/quant/merge-statistics.ts';
import { statisticsFromFile, statisticsToFile } from '../../../src-main/core/quant/statistics-file.ts';
import { noise } from './build.ts';

/** Images of very different sizes of values, some all zero, one tensor big enough to be sampled. */
const images = [0, 3, 1e-6, 1000, 0.5, 0, 7, 40].map((amplitude, i) => ({ small: noise(100, amplitude, i + 1), big: noise(9000, amplitude, i + 50) }));

const SHAPES = new Map([
  ['small', [1, 5, 4, 5]],
  ['big', [1, 3, 3000, 1]],
]);

function collect(order: number[], batch: number): Map<string, Statistics> {
  const collector = createCollector(['small', 'big'], SHAPES);
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

  it.each([
    [
      'halves',
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ],
    ],
    ['odd pieces in another order', [[7, 2], [5], [], [0, 6, 1], [4, 3]]],
    ['single images, backwards', [[7], [6], [5], [4], [3], [2], [1], [0]]],
  ])('are the same to the last bit when %s are collected apart and absorbed', (_name, pieces) => {
    const whole = createCollector(['small', 'big'], SHAPES);
    for (const piece of pieces) {
      const part = createCollector(['small', 'big'], SHAPES);
      for (const index of piece) for (const name of ['small', 'big'] as const) part.add(name, (images[index] as (typeof images)[number])[name]);
      // As it comes from another thread.
      whole.absorb(structuredClone(part.collected()));
    }
    expect(whole.finish()).toEqual(reference);
  });

  it('keep the mean of every channel, as a plain loop finds it', () => {
    for (const [name, channels] of [
      ['small', 5],
      ['big', 3],
    ] as const) {
      const means = new Float64Array(channels);
      const inner = (images[0] as (typeof images)[number])[name].length / channels;
      for (const image of images) {
        image[name].forEach((value, i) => {
          const channel = Math.floor(i / inner);
          means[channel] = (means[channel] as number) + value / inner / images.length;
        });
      }
      const found = reference.get(name)?.channels;
      expect(found?.axis).toBe(1);
      expect(found?.means.length).toBe(channels);
      // Each image's mean is kept in float32; the largest is of 1000 / 8.
      found?.means.forEach((mean, i) => expect(Math.abs(mean - (means[i] as number))).toBeLessThan(1e-5));
    }
  });

  it.each([
    ['matrices have theirs on the last axis', [1, 4], [0, 1, 2, 3]],
    ['several rows go into one mean', [2, 2], [1, 2]],
    ['vectors have none', [4], null],
    ['unknown shapes have none', null, null],
    ['too many have none', [1, 8193], null],
  ])('channels: %s', (_name, shape, expected) => {
    const collector = createCollector(['t'], new Map([['t', shape]]));
    const count = shape?.reduce((a, b) => a * b, 1) ?? 4;
    collector.add(
      't',
      Float32Array.from({ length: count }, (_, i) => i),
    );
    expect(collector.finish().get('t')?.channels?.means ?? null).toEqual(expected && Float64Array.from(expected));
  });

  it("sum every image's own ends, of which the moving average is the mean", () => {
    const s = reference.get('small') as Statistics;
    const total = (ends: number[]): number => ends.reduce((a, b) => a + b, 0);
    expect(s.images).toBe(8);
    expect(s.sumOfMinima).toBeCloseTo(total(images.map(({ small }) => Math.min(...small))), 9);
    expect(s.sumOfMaxima).toBeCloseTo(total(images.map(({ small }) => Math.max(...small))), 9);
    expect(s.sumOfMaxima / s.images).toBeLessThan(s.max / 4);
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

describe('statistics of several tensors', () => {
  const collected = (values: Float32Array): Statistics => {
    const collector = createCollector(['t']);
    collector.add('t', values);
    return collector.finish().get('t') as Statistics;
  };

  it('are those of all their values together, whatever their widths', () => {
    const [a, b, c] = [noise(500, 0.01, 1), noise(700, 5, 2), noise(300, 80, 3)];
    const together = collected(Float32Array.from([...a, ...b, ...c]));
    const merged = mergeStatistics([collected(b), collected(a), collected(c)]);
    expect(merged.histogram).toEqual(together.histogram);
    expect(merged).toMatchObject({ min: together.min, max: together.max, count: 1500, images: 1, channels: null });
    expect(merged.sum).toBeCloseTo(together.sum, 6);
    expect(merged.sumOfSquares / together.sumOfSquares).toBeCloseTo(1, 9);
    expect(mergeStatistics([collected(c), collected(b), collected(a)])).toEqual(merged);
  });

  it('count every value once, however densely its tensor was sampled', () => {
    const sparse = collected(new Float32Array(31_000).fill(1));
    const dense = collected(new Float32Array(1000).fill(-1));
    expect([sparse.sampled, dense.sampled]).toEqual([1000, 1000]);
    const merged = mergeStatistics([sparse, dense]);
    expect(merged.sampled).toBe(32_000);
    expect([merged.histogram.counts[0], merged.histogram.counts.at(-1)]).toEqual([1000, 31_000]);
    expect(merged.sum).toBe(30_000);
  });

  it('say that there is nothing to merge', () => {
    expect(() => mergeStatistics([])).toThrow('no statistics');
  });
});

describe('a statistics file of an earlier version', () => {
  it('is read as of a single image', () => {
    const histogram = { first: -1, width: 0.5, counts: [1, 2] };
    const tensor = { name: 't', min: -0.5, max: 0.4, count: 3, sampled: 3, sum: 0, sumOfSquares: 0.5, histogram };
    const file = v.parse(StatisticsFileSchema, { format: 'calibrant-statistics', version: 1, tensors: [tensor] });
    const { name, ...rest } = tensor;
    expect(statisticsFromFile(file).get(name)).toEqual({
      ...rest,
      histogram: { ...histogram, counts: Float64Array.of(1, 2) },
      images: 1,
      sumOfMinima: -0.5,
      sumOfMaxima: 0.4,
      channels: null,
    });
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
