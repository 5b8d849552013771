import { describe, expect, it } from 'vitest';
import { Distribution } from '../../../../src-main/core/quant/ranges/distribution.ts';
import { distributionOf, draw } from './samples.ts';

describe('a histogram read as a density', () => {
  it('knows number, sum and squares below any value', () => {
    const values = draw('laplace');
    const seen = distributionOf(values);
    for (const x of [-5.3, -1, -0.01, 0.02, 0.7, 4]) {
      const below = values.filter((value) => value <= x);
      const moments = seen.below(x);
      expect(moments.count).toBeCloseTo(below.length, -2);
      expect(moments.sum / below.reduce((s, v) => s + v, 0)).toBeCloseTo(1, 2);
      expect(moments.squares / below.reduce((s, v) => s + v * v, 0)).toBeCloseTo(1, 2);
    }
    expect(seen.below(seen.min - 1).count).toBe(0);
    expect(seen.rank(seen.max)).toBeCloseTo(values.length, 6);
    expect(seen.below(Infinity)).toEqual(seen.total);
  });

  it('spreads values evenly over their bin', () => {
    // 30 values in [4, 8): half of them in [4, 6), where x is 5 and x² is (6³ − 4³) / 6 on average.
    const seen = new Distribution({ min: 4, max: 8, sum: 180, histogram: { first: 1, width: 4, counts: Float64Array.of(30) } });
    const { count, sum, squares } = seen.below(6);
    expect([count, sum]).toEqual([15, 75]);
    expect(squares).toBeCloseTo((15 * (6 ** 3 - 4 ** 3)) / 6, 9);
  });

  it.each([
    ['relu', 0.05],
    ['relu6', 0.05],
    ['sparse', 0.01],
  ] as const)('finds the exact zeros of %s', (shape, tolerance) => {
    const values = draw(shape);
    const zeros = values.filter((value) => value === 0).length;
    expect(Math.abs(distributionOf(values).zeros - zeros)).toBeLessThan(tolerance * zeros);
  });

  it.each(['gauss', 'laplace', 'halfNormal', 'uniform'] as const)('takes few values of %s, which has none, for zeros', (shape) => {
    expect(distributionOf(draw(shape)).zeros).toBeLessThan(0.001 * 160_000);
  });

  it('keeps a single value a single value', () => {
    const six = distributionOf(new Float32Array(100).fill(6));
    expect(six.below(5.9999).count).toBe(0);
    expect(six.below(6)).toEqual({ count: 100, sum: 600, squares: 3600 });
    expect(distributionOf(new Float32Array(100)).zeros).toBe(100);
  });
});
