import { describe, expect, it } from 'vitest';
import { Distribution } from '../../../../src-main/core/quant/ranges/distribution.ts';
import { mseRange } from '../../../../src-main/core/quant/ranges/mse.ts';
import { spreadCodes } from '../../../../src-main/core/quant/scale.ts';
import { createCollector } from '../../../../src-main/core/quant/collector.ts';
import type { Statistics } from '../../../../src-main/core/quant/statistics.ts';
import goldens from './goldens.json' with { type: 'json' };
import { distributionOf, distributionOfDensity, draw } from './samples.ts';

/** Mean squared error of quantizing the values themselves: the definition, value by value. */
function errorOf(values: Float32Array, { min, max }: { min: number; max: number }, steps = 255): number {
  const scale = (max - min) / steps;
  const lowest = Math.round(min / scale);
  return values.reduce((sum, x) => sum + (x - Math.min(Math.max(Math.round(x / scale), lowest), lowest + steps) * scale) ** 2, 0) / values.length;
}

/** Normal deviates from the closed inverse of the logistic approximation; the shape only has to have thin tails. */
const bell = Float32Array.from({ length: 8000 }, (_, i) => Math.log((i + 0.5) / (8000 - i - 0.5)) / 1.702);
const uint8 = spreadCodes('uint8', false, 'restricted');

describe('the range of least squared error', () => {
  it('keeps the ends of a flat distribution: there clipping never pays', () => {
    const flat = Float32Array.from({ length: 8000 }, (_, i) => (i / 7999) * 6);
    const { min, max } = mseRange(distributionOf(flat), uint8, false);
    expect(min).toBe(0);
    expect(max).toBeGreaterThan(5.9);
  });

  it('lets an outlier go when enough other values gain by it, and only then', () => {
    // One 60 among n others costs (60 − 10)²/n when it is cut at 10 and spares (70/255)²/12 − (20/255)²/12 = 0.0058: it pays beyond n ≈ 430,000.
    const of = (times: number): number => {
      const collector = createCollector(['x']);
      for (let i = 0; i < times; i++) collector.add('x', bell);
      collector.add('x', Float32Array.of(60));
      return mseRange(new Distribution(collector.finish().get('x') as Statistics), uint8, false).max;
    };
    expect(of(10)).toBeGreaterThan(50);
    expect(of(400)).toBeLessThan(20);
  });

  it('is as good as trying every pair of ends on the values themselves, to 2 %', () => {
    const values = bell.map((x) => (x > 0 ? x * x : x));
    const seen = distributionOf(values);
    let best = Infinity;
    for (let low = 1; low <= 50; low++)
      for (let high = 1; high <= 50; high++) best = Math.min(best, errorOf(values, { min: (seen.min * low) / 50, max: (seen.max * high) / 50 }));
    expect(errorOf(values, mseRange(seen, uint8, false))).toBeLessThan(best * 1.02);
  });

  it('moves both ends together when symmetric, and never widens', () => {
    const seen = distributionOf(bell.map((x) => x + 1));
    const { min, max } = mseRange(seen, spreadCodes('int8', true, 'restricted'), true);
    expect(min).toBe(-max);
    expect(max).toBeLessThanOrEqual(Math.max(-seen.min, seen.max));
  });

  // Goldens: the least error of a quantizer with that greatest code, integrated numerically (make_goldens.py).
  it.each([
    ['gauss', 6, 7],
    ['gauss', 6, 127],
    ['laplace', 16, 7],
    ['laplace', 16, 127],
  ] as const)('finds the optimal clipping of %s in [−%i, %i], 4 and 8 bits', (shape, reach, code) => {
    const density = shape === 'gauss' ? (x: number) => Math.exp((-x * x) / 2) : (x: number) => Math.exp(-Math.abs(x));
    const { max } = mseRange(distributionOfDensity(density, -reach, reach), { min: -code, max: code }, true);
    expect(Math.abs(max / goldens.clip[shape][code] - 1)).toBeLessThan(0.01);
  });

  it.each([
    ['gauss', 6, 15],
    ['gauss', 6, 255],
    ['laplace', 16, 15],
    ['laplace', 16, 255],
  ] as const)('finds it for the positive half of %s up to %i, codes up to %i', (shape, reach, code) => {
    const density = shape === 'gauss' ? (x: number) => Math.exp((-x * x) / 2) : (x: number) => Math.exp(-x);
    const { min, max } = mseRange(distributionOfDensity(density, 0, reach), { min: 0, max: code }, false);
    expect(min).toBe(0);
    expect(Math.abs(max / goldens.clip[shape][code] - 1)).toBeLessThan(0.01);
  });

  it.each([
    ['gauss', 15],
    ['laplace', 15],
    ['silu', 15],
    ['sparseOutliers', 15],
    ['silu', 255],
    ['relu6', 255],
  ] as const)('is as good as trying every pair of ends on samples of %s, to 2 %% (%i steps)', (shape, steps) => {
    const values = draw(shape, 8000);
    const seen = distributionOf(values);
    let best = Infinity;
    for (let low = seen.min < 0 ? 1 : 40; low <= 40; low++)
      for (let high = 1; high <= 40; high++) best = Math.min(best, errorOf(values, { min: (seen.min * low) / 40, max: (seen.max * high) / 40 }, steps));
    expect(errorOf(values, mseRange(seen, { min: 0, max: steps }, false), steps)).toBeLessThan(best * 1.02);
  });

  it('hardly clips with 16 bits, where the steps are fine enough', () => {
    const seen = distributionOf(draw('gauss'));
    const { min, max } = mseRange(seen, spreadCodes('uint16', false, 'restricted'), false);
    expect(max).toBeGreaterThan(0.95 * seen.max);
    expect(min).toBeLessThan(0.95 * seen.min);
  });
});
