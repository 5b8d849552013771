import { describe, expect, it } from 'vitest';
import { ortPercentileRange, percentileRange } from '../../../../src-main/core/quant/ranges/percentile.ts';
import goldens from './goldens.json' with { type: 'json' };
import { distributionOf, draw, SHAPES, statisticsOf } from './samples.ts';

const shapes = Object.keys(SHAPES) as (keyof typeof SHAPES)[];
const PERCENTILES = [90, 99, 99.9];

describe('the range of a percentile', () => {
  it.each(shapes)('cuts half of the rest at each end of %s, as sorting says', (shape) => {
    const values = draw(shape);
    const sorted = values.toSorted();
    const { width } = statisticsOf(values).histogram;
    for (const percentile of PERCENTILES) {
      const { min, max } = percentileRange(distributionOf(values), percentile, false);
      const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] as number;
      const cut = (100 - percentile) / 200;
      expect(Math.abs(min - Math.min(0, at(cut)))).toBeLessThanOrEqual(2 * width);
      expect(Math.abs(max - Math.max(0, at(1 - cut)))).toBeLessThanOrEqual(2 * width);
    }
  });

  it.each(shapes)('cuts the greatest magnitudes of %s when symmetric', (shape) => {
    const values = draw(shape);
    const sorted = values.map(Math.abs).toSorted();
    for (const percentile of PERCENTILES) {
      const { min, max } = percentileRange(distributionOf(values), percentile, true);
      expect(min).toBe(-max);
      const expected = sorted[Math.floor((percentile / 100) * (sorted.length - 1))] as number;
      expect(Math.abs(max - expected)).toBeLessThanOrEqual(2 * statisticsOf(values).histogram.width);
    }
  });

  it('keeps the exact ends at 100', () => {
    const seen = distributionOf(draw('gauss'));
    expect(percentileRange(seen, 100, false)).toEqual({ min: seen.min, max: seen.max });
  });
});

/** The same closed forms as in make_goldens.py. */
const COUNT = 7777;
const bell = Float64Array.from({ length: COUNT }, (_, i) => Math.log((i + 0.5) / (COUNT - i - 0.5)) / 1.702);
const golden = {
  bell,
  heavy: bell.map((x) => x ** 3),
  relu: bell.map((x) => Math.max(x, 0)),
  positive: bell.map((x) => 3 + Math.exp(x)),
  negative: bell.map((x) => -1 - Math.exp(x)),
  constant: bell.map(() => 2.5),
};

describe("ONNX Runtime's percentile", () => {
  // Goldens: HistogramCollector of ONNX Runtime 1.30 on the same values.
  it.each(Object.keys(golden) as (keyof typeof golden)[])('is met to within a bin of its 2048 on %s', (name) => {
    const values = Float32Array.from(golden[name]);
    const seen = distributionOf(values);
    const bin = Math.max(-seen.min, seen.max) / 2048;
    for (const [percentile, [low, high]] of Object.entries(goldens.ortPercentile[name]) as [string, [number, number]][]) {
      const { min, max } = ortPercentileRange(seen, Number(percentile));
      expect(Math.abs(min - low)).toBeLessThanOrEqual(1.01 * bin);
      expect(Math.abs(max - high)).toBeLessThanOrEqual(1.01 * bin);
    }
  });
});
