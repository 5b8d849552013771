import type { Tensor } from './graph.ts';
import { floatsOf } from './tensor.ts';

/** How many values of a float constant are NaN or infinite. A single infinity does not count: it is a bound that does not bound (Clip, Pad). */
export function countNotFinite(tensor: Tensor): number {
  if (tensor.type !== 'float32' && tensor.type !== 'float16' && tensor.type !== 'float64') return 0;
  const values = floatsOf(tensor);
  // 0 · x is 0 for every finite x, so one sum tells whether it is worth counting.
  let probe = 0;
  for (let i = 0; i < values.length; i++) probe += 0 * (values[i] as number);
  if (probe === 0) return 0;
  const wrong = values.length > 1 ? (value: number): boolean => !Number.isFinite(value) : Number.isNaN;
  return values.reduce((count, value) => count + (wrong(value) ? 1 : 0), 0);
}
