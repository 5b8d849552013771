import { roundHalfEven } from '../scale.ts';
import type { Distribution, Moments } from './distribution.ts';

export interface RoundingError {
  /** Σ (x − q(x))². */
  squares: number;
  /** Values that lose more than half a step. */
  clipped: number;
}

/**
 * What quantizing and dequantizing does to a distribution: exact within evenly filled bins where a step is wider than a bin, and step²/12 per value (all
 * positions between two steps alike) where it is not.
 * @param lowest code of the least value minus the zero point
 * @param highest code of the greatest value minus the zero point
 */
export function roundingError(seen: Distribution, scale: number, lowest: number, highest: number): RoundingError {
  const under = seen.below((lowest - 0.5) * scale);
  const upTo = seen.below((highest + 0.5) * scale);
  const over = difference(seen.total, upTo);
  let squares = around(under, lowest * scale) + around(over, highest * scale);
  if (scale < seen.width) {
    squares += ((upTo.count - under.count) * scale * scale) / 12;
  } else {
    const last = Math.min(highest, roundHalfEven(seen.max / scale) + 1);
    let left = under;
    for (let step = Math.max(lowest, roundHalfEven(seen.min / scale) - 1); step <= last; step++) {
      const right = seen.below((step + 0.5) * scale);
      squares += around(difference(right, left), step * scale);
      left = right;
    }
  }
  return { squares, clipped: under.count + over.count };
}

function difference(a: Moments, b: Moments): Moments {
  return { count: a.count - b.count, sum: a.sum - b.sum, squares: a.squares - b.squares };
}

/** Σ (x − centre)²; never below zero, where the three sums cancel. */
function around({ count, sum, squares }: Moments, centre: number): number {
  return Math.max(0, squares - 2 * centre * sum + centre * centre * count);
}
