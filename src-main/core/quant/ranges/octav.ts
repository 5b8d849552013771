import type { CodeRange } from '../scale.ts';
import type { Distribution } from './distribution.ts';
import { minMaxRange } from './minmax.ts';
import { cutAt, type Range } from './range.ts';

/** Newton settles within a dozen steps; the bound is for tensors whose optimum lies just where the shorter end stops being cut. */
const MOST_STEPS = 64;
const SETTLED = 1e-7;

/**
 * Cuts magnitudes at the c where what clipping loses grows as fast as what finer steps gain (OCTAV, Sakr et al., ICML 2022). With n values inside ±c and
 * width(c) = c + c for both ends cut, the error n·(width/codes)²/12 + Σ_{|x|>c} (|x| − c)² has its minimum at
 * c = Σ_{|x|>c} |x| / (#{|x|>c} + n·s), s = width·width′/(12·c·codes²): 1/(3·codes²) for both ends, 1/(12·codes²) for a tensor that is never negative. An end
 * that is shorter than c stays where it is and no longer widens. Zeros cost nothing and are not counted.
 * @param codes that the range is spread over
 */
export function octavRange(seen: Distribution, codes: CodeRange, symmetric: boolean): Range {
  const whole = minMaxRange(seen, symmetric);
  const steps = codes.max - codes.min;
  const { count } = seen.total;
  const longest = Math.max(-whole.min, whole.max);
  let reach = magnitudesAbove(seen, 0).sum / Math.max(count, 1);
  for (let i = 0; i < MOST_STEPS; i++) {
    const outside = magnitudesAbove(seen, reach);
    if (outside.count <= 0) break;
    const cut = cutAt(reach, whole);
    const growing = (cut.max === reach ? 1 : 0) + (cut.min === -reach ? 1 : 0);
    const s = ((cut.max - cut.min) * growing) / (12 * reach * steps * steps);
    const next = outside.sum / (outside.count + (count - outside.count) * s);
    const settled = Math.abs(next - reach) <= SETTLED * reach;
    reach = next;
    if (settled) break;
  }
  return cutAt(reach > 0 ? Math.min(reach, longest) : longest, whole);
}

function magnitudesAbove(seen: Distribution, c: number): { count: number; sum: number } {
  const low = seen.below(-c);
  const high = seen.below(c);
  const { count, sum } = seen.total;
  return { count: low.count + count - high.count, sum: sum - high.sum - low.sum };
}
