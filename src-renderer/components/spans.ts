import type { QuantizedTensor } from '../../src-main/contract/results.ts';
import { integer, number, UNKNOWN } from './format.ts';

type PerTensorOrChannel = number | readonly number[];

/** One value, or the span of a value per channel; unknown where there is none. Codes are whole numbers and written in full. */
export function span(value: PerTensorOrChannel | null, digits = 3): string {
  if (value === null) return UNKNOWN;
  const low = written(least(value), digits);
  const high = written(greatest(value), digits);
  return low === high ? low : `${low} … ${high}`;
}

/** Why a tensor has no scale to show. */
export const NO_SCALE = 'Half precision has none.';

/** Its scale or zero point in a cell; those of blocks are too many to list. */
export function parameterText(tensor: QuantizedTensor, which: 'scale' | 'zeroPoint'): string {
  return tensor.granularity === 'per-block' ? 'per block' : span(tensor[which]);
}

function written(value: number, digits: number): string {
  return Number.isInteger(value) ? integer(value) : number(value, digits);
}

/** Loops, since a spread of some 100,000 channels overflows the stack. */
export function least(value: PerTensorOrChannel): number {
  return typeof value === 'number' ? value : value.reduce((a, b) => Math.min(a, b), Infinity);
}

export function greatest(value: PerTensorOrChannel): number {
  return typeof value === 'number' ? value : value.reduce((a, b) => Math.max(a, b), -Infinity);
}

/** The chosen range of an activation as its histogram draws it; null where there is none or one per channel. */
export function chosenRange(tensor: QuantizedTensor | null): { range: { min: number; max: number }; scale: number; zeroPoint: number } | null {
  if (!tensor?.range) return null;
  const { scale, zeroPoint, range } = tensor;
  if (typeof scale !== 'number' || typeof zeroPoint !== 'number' || typeof range.min !== 'number' || typeof range.max !== 'number') return null;
  return { range: { min: range.min, max: range.max }, scale, zeroPoint };
}
