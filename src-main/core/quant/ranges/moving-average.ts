import type { Statistics } from '../statistics.ts';
import { minMaxRange } from './minmax.ts';
import type { Range } from './range.ts';

/** Between the means of the images' own minima and maxima: a plain mean, as ONNX Runtime's moving average is one within a calibration. */
export function movingAverageRange(seen: Pick<Statistics, 'images' | 'min' | 'max' | 'sumOfMinima' | 'sumOfMaxima'>, symmetric: boolean): Range {
  // Rounding must not carry a mean beyond the extremes that it is of.
  const range = { min: Math.max(seen.min, seen.sumOfMinima / seen.images), max: Math.min(seen.max, seen.sumOfMaxima / seen.images) };
  return minMaxRange(range, symmetric);
}
