import type { Distribution } from './distribution.ts';
import { minMaxRange } from './minmax.ts';
import { cutAt, type Range } from './range.ts';

/**
 * The range that keeps a share of the values: the greatest magnitudes are cut when symmetric, half of the rest at each end otherwise.
 * @param percentile 0–100; at 100 everything is kept
 */
export function percentileRange(seen: Distribution, percentile: number, symmetric: boolean): Range {
  const whole = minMaxRange(seen, symmetric);
  // Where values were sampled, the extremes may not be among them.
  if (percentile >= 100) return whole;
  const all = seen.total.count + seen.zeros;
  if (symmetric) {
    const kept = (all * percentile) / 100;
    const reach = leastWith((x) => seen.rank(x) - seen.rank(-x) >= kept, 0, whole.max);
    return { min: -reach, max: reach };
  }
  const cut = (all * (100 - percentile)) / 200;
  return {
    min: Math.min(
      0,
      leastWith((x) => seen.rank(x) >= cut, seen.min, seen.max),
    ),
    max: Math.max(
      0,
      leastWith((x) => seen.rank(x) >= all - cut, seen.min, seen.max),
    ),
  };
}

const ORT_BINS = 2048;

/**
 * ONNX Runtime's: 2048 bins over the magnitudes, whatever the symmetry, and the lower edge of the bin in which the share is reached, inside the observed
 * range. Its bins end at the exact extremes; how many values they hold is interpolated from ours, so the threshold can be off by a bin (1/2048 of the
 * range), and by some more in tensors of which only a sample is counted.
 */
export function ortPercentileRange(seen: Distribution, percentile: number): Range {
  const least = Math.max(seen.min, -seen.max, 0);
  const greatest = Math.max(-seen.min, seen.max);
  const edge = (i: number): number => Math.fround(least + (i * (greatest - least)) / ORT_BINS);
  const kept = ((seen.total.count + seen.zeros) * percentile) / 100;
  let bin = 0;
  while (bin < ORT_BINS - 1 && seen.rank(edge(bin + 1)) - seen.rank(-edge(bin + 1)) < kept) bin++;
  return cutAt(edge(bin), seen);
}

/** The least x in [from, to] for which a condition holds that holds from there on; `to` when there is none. */
function leastWith(holds: (x: number) => boolean, from: number, to: number): number {
  if (holds(from)) return from;
  let [below, above] = [from, to];
  for (let i = 0; i < 60; i++) {
    const middle = below + (above - below) / 2;
    if (holds(middle)) above = middle;
    else below = middle;
  }
  return above;
}
