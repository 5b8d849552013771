import { roundHalfEven, type CodeRange } from './scale.ts';
import type { Statistics } from './statistics.ts';

/** Ends are tried at these shares of the observed ones, coarse to fine; below a fifth clipping always costs more than it gains at 8 bits. */
const SMALLEST_SHARE = 0.2;
const STEPS = [0.05, 0.01, 0.0025] as const;

type Distribution = Pick<Statistics, 'min' | 'max' | 'histogram'>;

/**
 * The range inside [min, max] with the least mean squared error of quantizing and dequantizing the observed distribution: what clipping loses at the ends
 * against what finer steps gain in the middle (the TF-enhanced method of AIMET, the HISTOGRAM estimator of NNCF). Error is taken at the middle of each bin,
 * rounding as the kernels do, so that a peak at zero, which costs nothing, is not mistaken for noise. With `symmetric` both ends move together.
 * @param codes the codes that the range is spread over
 */
export function mseRange(seen: Distribution, codes: CodeRange, symmetric: boolean): { min: number; max: number } {
  const low = symmetric ? -Math.max(-seen.min, seen.max) : Math.min(seen.min, 0);
  const high = symmetric ? -low : Math.max(seen.max, 0);
  const bins = filledBins(seen.histogram);
  const errorAt = (lowShare: number, highShare: number): number => squaredError(bins, low * lowShare, high * highShare, codes.max - codes.min);

  let best = { low: 1, high: 1, error: errorAt(1, 1) };
  const attempt = (lowShare: number, highShare: number): void => {
    const error = errorAt(lowShare, highShare);
    if (error < best.error) best = { low: lowShare, high: highShare, error };
  };
  STEPS.forEach((step, level) => {
    // The first level looks at everything, the finer ones only around the best of the level before.
    const reach = level === 0 ? 1 - SMALLEST_SHARE : (STEPS[level - 1] as number);
    const shares = (around: number): number[] => {
      const from = Math.max(SMALLEST_SHARE, around - reach);
      return Array.from({ length: Math.round((Math.min(1, around + reach) - from) / step) + 1 }, (_, i) => Math.min(1, from + i * step));
    };
    if (symmetric) for (const share of shares(best.low)) attempt(share, share);
    else {
      // One end at a time, twice: the ends hardly interact, because each only sets how fine the steps are for the other.
      for (let round = 0; round < 2; round++) {
        if (high > 0) for (const share of shares(best.high)) attempt(best.low, share);
        if (low < 0) for (const share of shares(best.low)) attempt(share, best.high);
      }
    }
  });
  return { min: low * best.low, max: high * best.high };
}

interface Bins {
  centres: Float64Array;
  counts: Float64Array;
}

function filledBins({ first, width, counts }: Distribution['histogram']): Bins {
  const filled = [...counts.keys()].filter((i) => (counts[i] as number) > 0);
  return {
    centres: Float64Array.from(filled, (i) => (first + i + 0.5) * width),
    counts: Float64Array.from(filled, (i) => counts[i] as number),
  };
}

/** Σ count · (x − q(x))², with the zero point rounded as the scale's owner will round it. */
function squaredError({ centres, counts }: Bins, low: number, high: number, steps: number): number {
  const scale = (high - low) / steps;
  if (!(scale > 0)) return Infinity;
  const lowest = roundHalfEven(low / scale);
  const highest = lowest + steps;
  let sum = 0;
  for (let i = 0; i < centres.length; i++) {
    const value = centres[i] as number;
    const code = Math.min(Math.max(roundHalfEven(value / scale), lowest), highest);
    const error = value - code * scale;
    sum += (counts[i] as number) * error * error;
  }
  return sum;
}
