import { roundHalfEven, type CodeRange } from '../scale.ts';
import type { Distribution } from './distribution.ts';
import { roundingError } from './error.ts';
import { minMaxRange } from './minmax.ts';
import type { Range } from './range.ts';

/** Ends are tried at these shares of the observed ones, coarse to fine: the first level looks at everything, the others around the best so far. */
const STEPS = [0.05, 0.01, 0.0025] as const;

/**
 * The range inside [min, max] with the least mean squared error of quantizing and dequantizing the observed distribution: what clipping loses at the ends
 * against what finer steps gain in the middle (the TF-enhanced method of AIMET, the HISTOGRAM estimator of NNCF). With `symmetric` both ends move together.
 * @param codes the codes that the range is spread over
 */
export function mseRange(seen: Distribution, codes: CodeRange, symmetric: boolean): Range {
  const { min: low, max: high } = minMaxRange(seen, symmetric);
  const steps = codes.max - codes.min;
  const errorAt = (lowShare: number, highShare: number): number => {
    const scale = (high * highShare - low * lowShare) / steps;
    if (!(scale > 0)) return Infinity;
    // Rounded as the owner of the scale is going to round the zero point.
    const lowest = roundHalfEven((low * lowShare) / scale);
    return roundingError(seen, scale, lowest, lowest + steps).squares;
  };

  let best = { low: 1, high: 1, error: errorAt(1, 1) };
  const attempt = (lowShare: number, highShare: number): void => {
    const error = errorAt(lowShare, highShare);
    if (error < best.error) best = { low: lowShare, high: highShare, error };
  };
  STEPS.forEach((step, level) => {
    const reach = level === 0 ? 1 : (STEPS[level - 1] as number);
    const shares = (around: number): number[] => {
      const from = Math.max(step, around - reach);
      return Array.from({ length: Math.round((Math.min(1, around + reach) - from) / step) + 1 }, (_, i) => Math.min(1, from + i * step));
    };
    if (symmetric) for (const share of shares(best.low)) attempt(share, share);
    else {
      // Outliers at both ends keep each other in place: neither is worth cutting as long as the other one makes the steps coarse.
      if (level === 0) for (const share of shares(1)) attempt(share, share);
      // One end at a time, twice: apart from that the ends hardly interact.
      for (let round = 0; round < 2; round++) {
        if (high > 0) for (const share of shares(best.high)) attempt(best.low, share);
        if (low < 0) for (const share of shares(best.low)) attempt(share, best.high);
      }
    }
  });
  return { min: low * best.low, max: high * best.high };
}
