import { describe, expect, it } from 'vitest';
import { entropyRange } from '../../../../src-main/core/quant/ranges/entropy.ts';
import { minMaxRange } from '../../../../src-main/core/quant/ranges/minmax.ts';
import { spreadCodes } from '../../../../src-main/core/quant/scale.ts';
import { random } from '../../../fixtures/random.ts';
import { distributionOf, draw } from './samples.ts';

const int8 = spreadCodes('int8', true, 'restricted');
const uint8 = spreadCodes('uint8', false, 'restricted');

/** KL divergence by its definition, bar by bar, between the clipped distribution and its merged and expanded levels. */
function divergence(bars: readonly number[], low: number, high: number, levels: number): number {
  const p = bars.slice(low, high);
  const q = new Array<number>(p.length).fill(0);
  const slice = [...p];
  const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  p[0] = (p[0] as number) + total(bars.slice(0, low));
  p[p.length - 1] = (p.at(-1) as number) + total(bars.slice(high));
  for (let level = 0; level < levels; level++) {
    const [from, to] = [Math.floor((level * p.length) / levels), Math.floor(((level + 1) * p.length) / levels)];
    const filled = p.slice(from, to).filter((n) => n > 0).length;
    for (let i = from; i < to; i++) if ((p[i] as number) > 0) q[i] = Math.max(total(slice.slice(from, to)) / filled, 1e-4);
  }
  const [sumP, sumQ] = [total(p), total(slice)];
  return total(p.map((n, i) => (n > 0 ? (n / sumP) * Math.log(n / sumP / ((q[i] as number) / sumQ)) : 0)));
}

describe('the range of least divergence', () => {
  it.each([1, 2, 3, 4])('is that of trying every threshold, symmetric (seed %i)', (seed) => {
    // Values at the middles of 256 bins on either side of zero.
    const values = draw('sparseOutliers', 4000, seed).map((x) => (Math.floor(Math.min(Math.max(x, -7.99), 7.99) * 512) + 0.5) / 512);
    const seen = distributionOf(values);
    const edge = Math.ceil(Math.max(-seen.min, seen.max) / seen.width);
    const bars = new Array<number>(2 * edge).fill(0);
    seen.counts.forEach((n, i) => (bars[edge + seen.first + i] = n));
    const codes = { min: -7, max: 7 };
    const { max } = entropyRange(seen, codes, true);

    let best = Infinity;
    const costs = new Map<number, number>();
    // Every 8th and all around the one found: there are thousands.
    const found = Math.round(max / seen.width);
    for (let reach = 8; reach <= edge; reach += 8) costs.set(reach, divergence(bars, edge - reach, edge + reach, 15));
    for (let reach = found - 5; reach <= Math.min(edge, found + 5); reach++) costs.set(reach, divergence(bars, edge - reach, edge + reach, 15));
    for (const cost of costs.values()) best = Math.min(best, cost);
    expect(costs.get(Math.min(edge, found))).toBeLessThan(best * 1.02);
  });

  it.each([1, 2, 3])('is that of trying every upper end of a tensor that is never negative (seed %i)', (seed) => {
    const values = draw('laplace', 4000, seed).map((x) => Math.abs(x) + 1e-3);
    const seen = distributionOf(values);
    const bars = [...seen.counts];
    const { min, max } = entropyRange(seen, { min: 0, max: 15 }, false);
    expect(min).toBe(0);
    const found = Math.round(max / seen.width);
    const costs = new Map([[found, divergence(bars, 0, found, 16)]]);
    for (let high = 16; high <= bars.length; high += 6) costs.set(high, divergence(bars, 0, high, 16));
    expect(costs.get(found)).toBeLessThan(Math.min(...costs.values()) * 1.02);
  });

  // ONNX Runtime's search has one candidate only, so that its entropy is min-max on every tensor.
  it.each([
    ['symmetric', int8, true],
    ['asymmetric', uint8, false],
  ] as const)('lets heavy tails go (%s)', (_, codes, symmetric) => {
    // Student's t with four degrees of freedom, as wide as the example: a normal deviate over the root of a χ² of four degrees, over four.
    const uniform = random(7);
    const values = Float32Array.from({ length: 400_000 }, () => {
      const gauss = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      return gauss / Math.sqrt(-Math.log((1 - uniform()) * (1 - uniform())) / 2);
    });
    const seen = distributionOf(values);
    const { min, max } = entropyRange(seen, codes, symmetric);
    const whole = minMaxRange(seen, symmetric);
    // With 2048 bins ONNX Runtime finds ±17 for such values.
    expect(whole.max).toBeGreaterThan(30);
    for (const end of [-min, max]) {
      expect(end).toBeGreaterThan(10);
      expect(end).toBeLessThan(24);
    }
  });

  it('keeps all of a flat distribution', () => {
    const seen = distributionOf(draw('uniform'));
    const { min, max } = entropyRange(seen, uint8, false);
    expect(min).toBeLessThan(-1.95);
    expect(max).toBeGreaterThan(3.95);
  });

  it('is not drawn to the zeros that a ReLU makes', () => {
    const values = draw('halfNormal');
    const half = entropyRange(distributionOf(values), uint8, false);
    // The same with nine zeros for every value.
    const zeros = new Float32Array(10 * values.length);
    zeros.set(values);
    expect(entropyRange(distributionOf(zeros), uint8, false).max / half.max).toBeCloseTo(1, 1);
  });

  it('is everything where there are more codes than bins', () => {
    const seen = distributionOf(draw('gauss'));
    expect(entropyRange(seen, spreadCodes('uint16', false, 'restricted'), false)).toEqual({ min: seen.min, max: seen.max });
  });
});
