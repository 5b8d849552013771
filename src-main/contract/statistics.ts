import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * What one pass over the calibration images keeps of every observed tensor, as a file. `min`, `max` and `count` are of all values; the sums and the
 * histogram are of the `sampled` ones. Bin i of the histogram covers [(first + i)·width, (first + i + 1)·width); width is a power of two.
 */
export const StatisticsFileSchema = v.strictObject({
  format: v.literal('calibrant-statistics'),
  version: v.literal(1),
  tensors: v.array(
    v.strictObject({
      name: v.string(),
      min: v.pipe(v.number(), v.finite()),
      max: v.pipe(v.number(), v.finite()),
      count,
      sampled: count,
      sum: v.pipe(v.number(), v.finite()),
      sumOfSquares: v.pipe(v.number(), v.finite()),
      histogram: v.strictObject({ first: v.pipe(v.number(), v.integer()), width: v.number(), counts: v.array(count) }),
    }),
  ),
});
export type StatisticsFile = v.InferOutput<typeof StatisticsFileSchema>;
