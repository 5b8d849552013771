/**
 * The percentile slider runs over the share that is cut off, on a logarithmic scale: from 1 % at its left end over four decades to 0.0001 %, and nothing
 * at its right end. On a linear scale everything of interest would lie within its last pixel.
 */
const DECADES = 4;
const PER_DECADE = 20;
export const LAST = DECADES * PER_DECADE + 1;

/** Percentile (99 … 100) at a position of the slider (0 … LAST), its cut share rounded to two digits. */
export function percentileAt(position: number): number {
  if (position >= LAST) return 100;
  const cut = Number((10 ** (-position / PER_DECADE)).toPrecision(2));
  // 100 − cut has binary noise in its last digits, which nobody wants to read.
  return Number((100 - cut).toFixed(8));
}

/** The position nearest to a percentile; one below 99 stands at the left end. */
export function positionOf(percentile: number): number {
  const cut = 100 - percentile;
  if (cut <= 0) return LAST;
  return Math.min(LAST - 1, Math.max(0, Math.round(-Math.log10(cut) * PER_DECADE)));
}
