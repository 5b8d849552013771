import { bitsOf } from '../element-types.ts';
import type { Tensor } from '../graph.ts';
import { elementCount } from '../tensor.ts';

/** Row-major strides in elements. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] as number) * (dims[axis + 1] as number);
  return strides;
}

/**
 * For every element of an output of shape `dims`, in order, the index of the element that it is made from: `first` plus a step per axis. Slices,
 * transpositions and broadcasts are all of this form.
 */
export function strided(dims: readonly number[], steps: readonly number[], first = 0): Int32Array {
  const count = elementCount(dims);
  const indices = new Int32Array(count);
  const position = dims.map(() => 0);
  let index = first;
  for (let i = 0; i < count; i++) {
    indices[i] = index;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index += steps[axis] as number;
      position[axis] = (position[axis] as number) + 1;
      if (position[axis] !== dims[axis]) break;
      index -= (steps[axis] as number) * (dims[axis] as number);
      position[axis] = 0;
    }
  }
  return indices;
}

/** Steps through a tensor of shape `from` that is broadcast to `to`. */
export function broadcastSteps(from: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_dim, axis) => (axis < missing || from[axis - missing] === 1 ? 0 : (strides[axis - missing] as number)));
}

/** Bytes per element; null for types whose elements are no whole bytes. */
export function elementBytes(tensor: Tensor): number | null {
  const bits = bitsOf(tensor.type);
  return bits === null || bits % 8 !== 0 ? null : bits / 8;
}

/** The elements at `indices`, in that order. */
export function pick(tensor: Tensor, indices: Int32Array, size: number): Uint8Array {
  const bytes = new Uint8Array(indices.length * size);
  if (size === 4 && tensor.bytes.byteOffset % 4 === 0) {
    const from = new Uint32Array(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.length / 4);
    const to = new Uint32Array(bytes.buffer);
    for (let i = 0; i < indices.length; i++) to[i] = from[indices[i] as number] as number;
    return bytes;
  }
  for (let i = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * size;
    for (let byte = 0; byte < size; byte++) bytes[i * size + byte] = tensor.bytes[from + byte] as number;
  }
  return bytes;
}
