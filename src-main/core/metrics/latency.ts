/**
 * Median and 95th percentile of measured times, by linear interpolation between neighbours (the median of an even count is the mean of the middle two).
 * @param milliseconds at least one
 */
export function summarize(milliseconds: readonly number[]): { median: number; p95: number } {
  const sorted = Float64Array.from(milliseconds).sort();
  return { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}

function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) throw new RangeError('A quantile of nothing');
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

/** The same, with the extremes and the count. */
export function distributionOf(milliseconds: readonly number[]): { median: number; p95: number; least: number; most: number; count: number } {
  const extremes = milliseconds.reduce(({ least, most }, ms) => ({ least: Math.min(least, ms), most: Math.max(most, ms) }), { least: Infinity, most: 0 });
  return { ...summarize(milliseconds), ...extremes, count: milliseconds.length };
}
