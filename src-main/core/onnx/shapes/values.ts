import type { Dim, Tensor } from '../graph.ts';
import { elementCount, intsOf, isIntegerType } from '../tensor.ts';

/** Shapes, axes, pads and the like are no longer. */
export const LONGEST_VALUE = 64;

/** The elements of a small integer constant of rank 0 or 1, for the arithmetic on shapes. */
export function smallIntegers(tensor: Tensor): { value?: Dim[] } {
  if (!isIntegerType(tensor.type) || tensor.type === 'bool' || tensor.dims.length > 1 || elementCount(tensor.dims) > LONGEST_VALUE) return {};
  return { value: intsOf(tensor) };
}
