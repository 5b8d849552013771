import { floatsOf } from './tensor.ts';
import type { Tensor } from './graph.ts';

/** How many values of a float constant are NaN or infinite. */
export function countNotFinite(tensor: Tensor): number {
  if (tensor.type !== 'float32' && tensor.type !== 'float16' && tensor.type !== 'float64') return 0;
  let count = 0;
  for (const value of floatsOf(tensor)) if (!Number.isFinite(value)) count += 1;
  return count;
}
