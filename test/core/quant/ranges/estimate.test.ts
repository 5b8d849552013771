import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODES, INTEGER_TYPES, type Recipe } from '../../../../src-main/contract/recipe.ts';
import { estimateRange, estimateRanges, type RangeScheme } from '../../../../src-main/core/quant/ranges/estimate.ts';
import { chooseScale, encode, fullCodes, spreadCodes } from '../../../../src-main/core/quant/scale.ts';
import { createCollector } from '../../../../src-main/core/quant/collector.ts';
import type { Statistics } from '../../../../src-main/core/quant/statistics.ts';
import type { Plan, PlannedActivation } from '../../../../src-main/core/quant/types.ts';
import { draw, statisticsOf } from './samples.ts';

const METHODS = ['minmax', 'moving-average', 'percentile', 'entropy', 'mse', 'octav'] as const satisfies Recipe['range'][];
const recipe = (range: Recipe['range'], ortParity = false) => ({ range, percentile: 99.9, ortParity });
const UINT8: RangeScheme = { type: 'uint8', symmetric: false, codes: 'restricted' };

const anyScheme: fc.Arbitrary<RangeScheme> = fc.record({ type: fc.constantFrom(...INTEGER_TYPES), symmetric: fc.boolean(), codes: fc.constantFrom(...CODES) });
const anyRecipe = fc.record({
  range: fc.constantFrom(...METHODS),
  percentile: fc.double({ min: 50, max: 100, noNaN: true }),
  ortParity: fc.boolean(),
});
/** From one value to many, from nothing to the ends of float32, with zeros, constants and outliers. */
const anyValues = fc.array(
  fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ min: -8, max: 8, noNaN: true }),
    fc.constantFrom(0, -0, 1, 6, -1, 1e-39, -1e-39, 1e38, -1e38, 3.4e38, 1e-30),
  ),
  { minLength: 1, maxLength: 200 },
);
/** The same, all of one size. */
const anyScaled = fc
  .tuple(fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 }), fc.constantFrom(1e-38, 1e-20, 1e-4, 1, 1e5, 1e30))
  .map(([values, size]) => values.map((value) => value * size));

describe('every method', () => {
  it('gives a finite range within what was observed, with zero inside and represented exactly', () => {
    fc.assert(
      fc.property(fc.oneof(anyValues, anyScaled), anyScheme, anyRecipe, (values, scheme, how) => {
        const seen = statisticsOf(Float32Array.from(values));
        const { min, max } = estimateRange(seen, scheme, how);
        expect(Number.isFinite(min) && Number.isFinite(max)).toBe(true);
        expect(min).toBeLessThanOrEqual(0);
        expect(max).toBeGreaterThanOrEqual(0);
        if (scheme.symmetric) {
          expect(max).toBe(-min + 0);
          expect(max).toBeLessThanOrEqual(Math.max(-seen.min, seen.max));
        } else {
          expect(min).toBeGreaterThanOrEqual(Math.min(seen.min, 0));
          expect(max).toBeLessThanOrEqual(Math.max(seen.max, 0));
        }
        const { scale, zeroPoint, dead } = chooseScale(min, max, spreadCodes(scheme.type, scheme.symmetric, scheme.codes), scheme.symmetric);
        expect(scale > 0 && Number.isFinite(scale)).toBe(true);
        if (!dead) expect((encode(0, scale, zeroPoint, fullCodes(scheme.type)) - zeroPoint) * scale).toBeCloseTo(0, 30);
      }),
      { numRuns: 400 },
    );
  });

  it('gives the same whatever the order of the images', () => {
    const images = fc.array(fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 4, maxLength: 40 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(
        images.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        anyScheme,
        anyRecipe,
        ([list, shuffled], scheme, how) => {
          const seen = ([list, shuffled] as const).map((order) => {
            const collector = createCollector(['x']);
            for (const image of order) collector.add('x', Float32Array.from(image));
            return collector.finish().get('x') as Statistics;
          });
          expect(estimateRange(seen[1] as Statistics, scheme, how)).toEqual(estimateRange(seen[0] as Statistics, scheme, how));
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each(METHODS)('%s scales with the values', (range) => {
    const values = draw('silu', 16_000);
    const one = estimateRange(statisticsOf(values), UINT8, recipe(range));
    const many = estimateRange(statisticsOf(values.map((x) => x * 1024)), UINT8, recipe(range));
    expect(many.min / one.min).toBeCloseTo(1024, 3);
    expect(many.max / one.max).toBeCloseTo(1024, 3);
  });

  // ONNX Runtime drops samples when CalibMaxIntermediateOutputs is reached: x −30.1 … 29.7 became −3.3 … 3.1.
  it.each(['minmax', 'moving-average'] as const)('%s counts every image', (range) => {
    const collector = createCollector(['x']);
    const peaks = [3, 30, 6, 9, 12, 15, 18, 21];
    for (const peak of peaks) collector.add('x', Float32Array.of(-2 * peak, 0, peak));
    const mean = peaks.reduce((a, b) => a + b) / peaks.length;
    const expected = range === 'minmax' ? 30 : mean;
    expect(estimateRange(collector.finish().get('x') as Statistics, UINT8, recipe(range))).toEqual({ min: -2 * expected, max: expected });
  });

  it('does not cut a tensor that is nearly always zero to nothing', () => {
    const values = new Float32Array(8000);
    values[17] = 5;
    expect(estimateRange(statisticsOf(values), UINT8, { range: 'percentile', percentile: 90, ortParity: false })).toEqual({ min: 0, max: 8e-4 });
  });
});

describe("with ONNX Runtime's numbers", () => {
  it('entropy is min-max, and without them it is not', () => {
    const seen = statisticsOf(draw('sparseOutliers'));
    expect(estimateRange(seen, UINT8, recipe('entropy', true))).toEqual({ min: seen.min, max: seen.max });
    expect(estimateRange(seen, UINT8, recipe('entropy')).max).toBeLessThan(0.5 * seen.max);
  });

  it('a percentile is one of magnitudes for asymmetric ranges, too', () => {
    const seen = statisticsOf(draw('gauss'));
    const { min, max } = estimateRange(seen, UINT8, { range: 'percentile', percentile: 95, ortParity: true });
    expect(min).toBe(-max);
    // 1.96 deviations.
    expect(max).toBeCloseTo(1.96, 1);
  });
});

describe('the ranges of a plan', () => {
  const activation = (name: string, range: PlannedActivation['range']): PlannedActivation => ({
    name,
    scheme: { ...UINT8, axis: null, blockSize: null },
    range,
  });
  const planOf = (...activations: PlannedActivation[]) => ({ activations }) as Plan;

  it('are of the observed activations only, under their own names', () => {
    const plan = planOf(
      activation('conv', { from: 'observed', observe: ['relu'] }),
      activation('softmax', { from: 'fixed', min: 0, max: 1, by: 'Softmax' }),
      activation('pool', { from: 'shared', with: 'conv' }),
    );
    const ranges = estimateRanges(plan, new Map([['relu', statisticsOf(Float32Array.of(0, 1, 7))]]), recipe('minmax'));
    expect([...ranges]).toEqual([['conv', { min: 0, max: 7 }]]);
  });

  it('cover all tensors of a group', () => {
    const plan = planOf(activation('a', { from: 'observed', observe: ['a', 'b'] }));
    const statistics = new Map([
      ['a', statisticsOf(Float32Array.of(-1, 2))],
      ['b', statisticsOf(Float32Array.of(-3, 1))],
    ]);
    expect(estimateRanges(plan, statistics, recipe('minmax')).get('a')).toEqual({ min: -3, max: 2 });
    expect(estimateRanges(plan, statistics, recipe('moving-average')).get('a')).toEqual({ min: -3, max: 2 });
  });

  it('are nothing where a tensor had no values on any image', () => {
    const ranges = estimateRanges(planOf(activation('a', { from: 'observed', observe: ['a'] })), new Map(), recipe('mse'));
    expect(ranges.get('a')).toEqual({ min: 0, max: 0 });
  });
});
