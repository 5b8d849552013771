/** The value below which `share` (0…1) of the sorted values lie, between neighbours in proportion; NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (sorted: ArrayLike<number>): number => quantile(sorted, 0.5);
