import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Millions of numbers in one file: checked in one loop, since a schema for each of them took three times as long as all the rest. */
const counts = v.custom<number[]>(
  (value) => Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 0),
  'must be whole numbers from 0 on',
);
const finite = v.pipe(v.number(), v.finite());

const VERSION_1 = {
  name: v.string(),
  min: finite,
  max: finite,
  count,
  sampled: count,
  sum: finite,
  sumOfSquares: finite,
  histogram: v.strictObject({ first: v.pipe(v.number(), v.integer()), width: v.number(), counts }),
};

const format = v.literal('calibrant-statistics');

/**
 * What one pass over the calibration images keeps of every observed tensor, as a file. `min`, `max`, `count` and the means are of all values; the other
 * sums and the histogram are of the `sampled` ones. Bin i of the histogram covers [(first + i)·width, (first + i + 1)·width); width is a power of two.
 * Version 1 is of earlier runs.
 */
export const StatisticsFileSchema = v.variant('version', [
  v.strictObject({ format, version: v.literal(1), tensors: v.array(v.strictObject(VERSION_1)) }),
  v.strictObject({
    format,
    version: v.literal(2),
    tensors: v.array(
      v.strictObject({
        ...VERSION_1,
        images: count,
        sumOfMinima: finite,
        sumOfMaxima: finite,
        channels: v.nullable(v.strictObject({ axis: count, means: v.array(finite) })),
      }),
    ),
  }),
]);
export type StatisticsFile = v.InferOutput<typeof StatisticsFileSchema>;
