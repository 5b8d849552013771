import type { TensorStatistics } from '../../contract/results.ts';

/** The distribution of one tensor over all calibration images. */
export interface Statistics {
  images: number;
  /** Exact, of all values. */
  min: number;
  max: number;
  /** Of every image's own minimum and maximum: over `images`, the moving average. */
  sumOfMinima: number;
  sumOfMaxima: number;
  count: number;
  /** How many of them the rest is of. */
  sampled: number;
  sum: number;
  sumOfSquares: number;
  /** Bin i covers [(first + i)·width, (first + i + 1)·width). */
  histogram: { first: number; width: number; counts: Float64Array<ArrayBuffer> };
  /** Mean of every channel over all values; null where the tensor has no channels, or its shape is not known. */
  channels: { axis: number; means: Float64Array<ArrayBuffer> } | null;
}

/** For the window. */
export function toTensorStatistics(name: string, s: Statistics): TensorStatistics {
  const mean = s.sum / s.sampled;
  return {
    name,
    min: s.min,
    max: s.max,
    mean,
    std: Math.sqrt(Math.max(0, s.sumOfSquares / s.sampled - mean * mean)),
    count: s.count,
    histogram: { start: s.histogram.first * s.histogram.width, width: s.histogram.width, counts: s.histogram.counts, sampled: s.sampled / s.count },
  };
}
