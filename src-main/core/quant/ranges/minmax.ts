import type { Range } from './range.ts';

/** Everything that was observed, with zero inside; ±max(|min|, |max|) when symmetric. Nothing is clipped, and one outlier sets the step for all. */
export function minMaxRange({ min, max }: Range, symmetric: boolean): Range {
  if (!symmetric) return { min: Math.min(min, 0), max: Math.max(max, 0) };
  const reach = Math.max(-min, max);
  return { min: -reach, max: reach };
}
