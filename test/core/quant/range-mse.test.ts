import { describe, expect, it } from 'vitest';
import { mseRange } from '../../../src-main/core/quant/range-mse.ts';
import { spreadCodes } from '../../../src-main/core/quant/scale.ts';
import { createCollector, type Statistics } from '../../../src-main/core/quant/statistics.ts';

function statisticsOf(values: Float32Array): Statistics {
  const collector = createCollector(['x']);
  collector.add('x', values);
  return collector.finish().get('x') as Statistics;
}

/** Mean squared error of quantizing the values themselves: the definition, value by value. */
function errorOf(values: Float32Array, { min, max }: { min: number; max: number }, steps = 255): number {
  const scale = (max - min) / steps;
  const lowest = Math.round(min / scale);
  return values.reduce((sum, x) => sum + (x - Math.min(Math.max(Math.round(x / scale), lowest), lowest + steps) * scale) ** 2, 0) / values.length;
}

/** Normal deviates from the closed inverse of the logistic approximation; the shape only has to have thin tails. */
const bell = Float32Array.from({ length: 8000 }, (_, i) => Math.log((i + 0.5) / (8000 - i - 0.5)) / 1.702);
const uint8 = spreadCodes('uint8', false);

describe('the range of least squared error', () => {
  it('keeps the ends of a flat distribution: there clipping never pays', () => {
    const flat = Float32Array.from({ length: 8000 }, (_, i) => (i / 7999) * 6);
    const { min, max } = mseRange(statisticsOf(flat), uint8, false);
    expect(min).toBe(0);
    expect(max).toBeGreaterThan(5.9);
  });

  it('lets an outlier go when enough other values gain by it, and only then', () => {
    // One 60 among n others costs (60 − 10)²/n when it is cut at 10 and spares (70/255)²/12 − (20/255)²/12 = 0.0058: it pays beyond n ≈ 430,000.
    const of = (times: number): number => {
      const collector = createCollector(['x']);
      for (let i = 0; i < times; i++) collector.add('x', bell);
      collector.add('x', Float32Array.of(60));
      return mseRange(collector.finish().get('x') as Statistics, uint8, false).max;
    };
    expect(of(10)).toBeGreaterThan(50);
    expect(of(400)).toBeLessThan(20);
  });

  it('is as good as trying every pair of ends on the values themselves, to 2 %', () => {
    const values = bell.map((x) => (x > 0 ? x * x : x));
    const seen = statisticsOf(values);
    let best = Infinity;
    for (let low = 1; low <= 50; low++)
      for (let high = 1; high <= 50; high++) best = Math.min(best, errorOf(values, { min: (seen.min * low) / 50, max: (seen.max * high) / 50 }));
    expect(errorOf(values, mseRange(seen, uint8, false))).toBeLessThan(best * 1.02);
  });

  it('moves both ends together when symmetric, and never widens', () => {
    const seen = statisticsOf(bell.map((x) => x + 1));
    const { min, max } = mseRange(seen, spreadCodes('int8', true), true);
    expect(min).toBe(-max);
    expect(max).toBeLessThanOrEqual(Math.max(-seen.min, seen.max));
  });
});
