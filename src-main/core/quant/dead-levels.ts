import type { Distribution } from './ranges/distribution.ts';
import { fullCodes, roundHalfEven } from './scale.ts';
import type { CodeType } from './types.ts';

/** A level that gets less than half a value counts as dead: bins that a border between two levels cuts are read as evenly filled. */
const ALIVE = 0.5;

/**
 * How many codes of a type no value gets, read from a distribution: outside of what occurs, or in a gap of it. What lies outside the range gets the outermost
 * codes. Where steps are finer than bins (16 bits), a bin cannot fill more levels than it has values.
 */
export function deadLevels(seen: Distribution, scale: number, zeroPoint: number, type: CodeType): { dead: number; levels: number } {
  const codes = fullCodes(type);
  const [lowest, highest] = [codes.min - zeroPoint, codes.max - zeroPoint];
  const levels = highest - lowest + 1;
  const alive = scale < seen.width ? finelyFilled(seen, scale, lowest, highest) : filled(seen, scale, lowest, highest);
  return { dead: levels - Math.min(levels, alive), levels };
}

function filled(seen: Distribution, scale: number, lowest: number, highest: number): number {
  const stepOf = (value: number): number => Math.min(highest, Math.max(lowest, roundHalfEven(value / scale)));
  const [first, last] = [stepOf(seen.min), stepOf(seen.max)];
  let alive = 0;
  let below = 0;
  for (let step = first; step <= last; step++) {
    const upTo = step === last ? seen.total.count : seen.below((step + 0.5) * scale).count;
    if (upTo - below + (step === 0 ? seen.zeros : 0) >= ALIVE) alive += 1;
    below = upTo;
  }
  return alive;
}

function finelyFilled(seen: Distribution, scale: number, lowest: number, highest: number): number {
  const [from, to] = [(lowest - 0.5) * scale, (highest + 0.5) * scale];
  let alive = seen.zeros >= ALIVE ? 1 : 0;
  seen.counts.forEach((count, i) => {
    if (count < ALIVE) return;
    const left = Math.min(to, Math.max(from, seen.edges[i] as number));
    const right = Math.min(to, Math.max(from, seen.edges[i + 1] as number));
    alive += Math.min(count, Math.max(1, (right - left) / scale));
  });
  return Math.round(alive);
}
