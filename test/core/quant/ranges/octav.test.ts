import { describe, expect, it } from 'vitest';
import { roundingError } from '../../../../src-main/core/quant/ranges/error.ts';
import { mseRange } from '../../../../src-main/core/quant/ranges/mse.ts';
import { octavRange } from '../../../../src-main/core/quant/ranges/octav.ts';
import type { Range } from '../../../../src-main/core/quant/ranges/range.ts';
import { spreadCodes } from '../../../../src-main/core/quant/scale.ts';
import { distributionOf, distributionOfDensity, draw } from './samples.ts';

const gauss = distributionOfDensity((x) => Math.exp((-x * x) / 2), -6, 6);
const laplace = distributionOfDensity((x) => Math.exp(-Math.abs(x)), -20, 20);
const flat = distributionOfDensity(() => 1, -1, 1);

/** 2^bits steps, as the literature counts them. */
const steps = (bits: number) => ({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) });

describe('OCTAV', () => {
  // Banner et al., "Post training 4-bit quantization of convolutional networks" (ACIQ): optimal clipping in units of the deviation, or of Laplace's scale.
  it.each([
    ['Gauss', gauss, 2, 1.71],
    ['Gauss', gauss, 3, 2.15],
    ['Gauss', gauss, 4, 2.56],
    ['Gauss', gauss, 8, 3.92],
    ['Laplace', laplace, 4, 5.03],
    ['Laplace', laplace, 8, 9.89],
  ] as const)('clips %s at %#', (_, seen, bits, expected) => {
    const { min, max } = octavRange(seen, steps(bits), true);
    expect(min).toBe(-max);
    // The literature counts clipped values as rounded, too: at two and three bits there are enough of them to matter.
    expect(Math.abs(max / expected - 1)).toBeLessThan(bits < 4 ? 0.06 : 0.02);
  });

  it.each([4, 8])('solves its own equation for Laplace to 1e-3 (%i bits)', (bits) => {
    // c·s·(1 − e^−c) = e^−c, s = 4^−bits/3: by bisection.
    let [low, high] = [0.1, 20];
    for (let i = 0; i < 60; i++) {
      const c = (low + high) / 2;
      if ((c * 4 ** -bits * (1 - Math.exp(-c))) / 3 < Math.exp(-c)) low = c;
      else high = c;
    }
    expect(octavRange(laplace, steps(bits), true).max / low).toBeCloseTo(1, 3);
  });

  it('clips a flat distribution at 1/(1 + √(2s)), at both ends and at one', () => {
    // s·c·c = (1 − c)²/2, s = 4^−4/3 for both ends and 4^−4/12 for one.
    expect(octavRange(flat, steps(4), true).max).toBeCloseTo(1 / (1 + Math.sqrt(2 / 768)), 3);
    const oneSided = distributionOfDensity(() => 1, 0, 1);
    expect(octavRange(oneSided, { min: 0, max: 16 }, false)).toEqual({ min: 0, max: expect.closeTo(1 / (1 + Math.sqrt(2 / 3072)), 3) });
  });

  it.each(['gauss', 'relu', 'silu', 'sparseOutliers', 'laplace'] as const)('is nearly as good as the search for the least squared error on %s', (shape) => {
    const seen = distributionOf(draw(shape));
    for (const type of ['uint4', 'uint8'] as const) {
      const codes = spreadCodes(type, false, 'full');
      const errorOf = ({ min, max }: Range): number => {
        const scale = (max - min) / codes.max;
        return roundingError(seen, scale, Math.round(min / scale), Math.round(min / scale) + codes.max).squares;
      };
      // One threshold for both ends costs something where they differ, and so does the rounded zero point where codes are few.
      expect(errorOf(octavRange(seen, codes, false))).toBeLessThan(1.12 * errorOf(mseRange(seen, codes, false)));
    }
  });

  it('leaves the shorter end of a lopsided tensor where it is', () => {
    const seen = distributionOf(draw('silu'));
    expect(octavRange(seen, spreadCodes('uint8', false, 'full'), false).min).toBe(seen.min);
  });

  it('keeps constants, zeros and single values whole', () => {
    for (const value of [0, 2.5, -3]) {
      const seen = distributionOf(new Float32Array(100).fill(value));
      const { min, max } = octavRange(seen, spreadCodes('uint8', false, 'full'), false);
      expect(min).toBeCloseTo(Math.min(0, value), 6);
      expect(max).toBeCloseTo(Math.max(0, value), 6);
    }
  });
});
