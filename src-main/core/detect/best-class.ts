/** Index (from 0) of the highest of `count` values that lie `step` apart; the lowest of equal ones. */
export function bestClass(values: Float32Array, from: number, count: number, step = 1): number {
  let best = 0;
  for (let i = 1; i < count; i++) if ((values[from + i * step] as number) > (values[from + best * step] as number)) best = i;
  return best;
}
