import { CalibrantError } from '../../contract/errors.ts';
import { bitsOf } from './element-types.ts';
import { fromBfloat16, fromFloat16 } from './float16.ts';
import type { ElementType, Tensor } from './graph.ts';

/** Product of the dims; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Bytes of raw data; null where the type has no fixed size. Two 4-bit values share a byte, an odd one has its own. */
export function byteLengthOf(type: ElementType, dims: readonly number[]): number | null {
  const bits = bitsOf(type);
  return bits === null ? null : Math.ceil((elementCount(dims) * bits) / 8);
}

/**
 * The values of a constant as float32: a view where it is float32 and its bytes lie at a multiple of 4, converted otherwise (float64 is rounded).
 * @throws CalibrantError `model-unsupported-type` for strings, complex numbers and 8-bit floats
 */
export function floatsOf(tensor: Tensor): Float32Array {
  const { bytes, type } = tensor;
  const count = elementCount(tensor.dims);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'float32': {
      const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes); // not slice(): of a Node Buffer that is a view
      return new Float32Array(aligned.buffer, aligned.byteOffset, count);
    }
    case 'float64':
      return Float32Array.from({ length: count }, (_, i) => view.getFloat64(i * 8, true));
    case 'float16':
      return Float32Array.from({ length: count }, (_, i) => fromFloat16(view.getUint16(i * 2, true)));
    case 'bfloat16':
      return Float32Array.from({ length: count }, (_, i) => fromBfloat16(view.getUint16(i * 2, true)));
    default:
      return Float32Array.from(intsOf(tensor));
  }
}

/**
 * The values of an integer or boolean constant. 64-bit values beyond 2^53 are rounded, which matters to none of their uses (the end of a Slice).
 * @throws CalibrantError `model-unsupported-type` for everything else
 */
export function intsOf(tensor: Tensor): number[] {
  const { bytes } = tensor;
  const read = INTEGER_READERS[tensor.type];
  if (!read) {
    throw new CalibrantError(
      'model-unsupported-type',
      `The constant ${tensor.name} holds ${tensor.type} values, which Calibrant cannot compute with; export the model with float32 weights.`,
      { constant: tensor.name, type: tensor.type },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: elementCount(tensor.dims) }, (_, i) => read(view, i));
}

const nibble = (view: DataView, i: number): number => (view.getUint8(i >> 1) >> (i % 2 ? 4 : 0)) & 0xf;

const INTEGER_READERS: Partial<Record<ElementType, (view: DataView, index: number) => number>> = {
  int8: (view, i) => view.getInt8(i),
  uint8: (view, i) => view.getUint8(i),
  bool: (view, i) => (view.getUint8(i) ? 1 : 0),
  int16: (view, i) => view.getInt16(i * 2, true),
  uint16: (view, i) => view.getUint16(i * 2, true),
  int32: (view, i) => view.getInt32(i * 4, true),
  uint32: (view, i) => view.getUint32(i * 4, true),
  int64: (view, i) => Number(view.getBigInt64(i * 8, true)),
  uint64: (view, i) => Number(view.getBigUint64(i * 8, true)),
  uint4: nibble,
  int4: (view, i) => (nibble(view, i) << 28) >> 28,
};

/** A float32 constant on the memory of `values`. */
export function floatTensor(name: string, dims: number[], values: Float32Array): Tensor {
  return { name, type: 'float32', dims, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** An integer or boolean constant; values outside the type are clamped, so that 2^63 stands for "to the end" as it does in files. */
export function intTensor(name: string, dims: number[], values: readonly number[], type: IntegerElementType = 'int64'): Tensor {
  const { size, min, max, write } = INTEGER_WRITERS[type];
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => write(view, i * size, value < min ? min : value > max ? max : value));
  return { name, type, dims, bytes };
}

export type IntegerElementType = 'int8' | 'uint8' | 'bool' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64';

interface IntegerWriter {
  size: number;
  min: number;
  max: number;
  write: (view: DataView, offset: number, value: number) => void;
}

const INTEGER_WRITERS: Record<IntegerElementType, IntegerWriter> = {
  int8: { size: 1, min: -128, max: 127, write: (view, offset, value) => view.setInt8(offset, value) },
  uint8: { size: 1, min: 0, max: 255, write: (view, offset, value) => view.setUint8(offset, value) },
  bool: { size: 1, min: 0, max: 1, write: (view, offset, value) => view.setUint8(offset, value) },
  int16: { size: 2, min: -32768, max: 32767, write: (view, offset, value) => view.setInt16(offset, value, true) },
  uint16: { size: 2, min: 0, max: 65535, write: (view, offset, value) => view.setUint16(offset, value, true) },
  int32: { size: 4, min: -(2 ** 31), max: 2 ** 31 - 1, write: (view, offset, value) => view.setInt32(offset, value, true) },
  uint32: { size: 4, min: 0, max: 2 ** 32 - 1, write: (view, offset, value) => view.setUint32(offset, value, true) },
  int64: { size: 8, min: -(2 ** 63), max: 2 ** 63, write: (view, offset, value) => view.setBigInt64(offset, int64Of(value), true) },
  uint64: { size: 8, min: 0, max: 2 ** 64, write: (view, offset, value) => view.setBigUint64(offset, uint64Of(value), true) },
};

export function isIntegerType(type: ElementType): type is IntegerElementType {
  return type in INTEGER_WRITERS;
}

/** Clamped to the type: 2^63, which a number can hold, becomes 2^63 - 1, which it cannot. */
export function int64Of(value: number): bigint {
  return value >= 2 ** 63 ? 2n ** 63n - 1n : value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
}

function uint64Of(value: number): bigint {
  return value >= 2 ** 64 ? 2n ** 64n - 1n : BigInt(Math.max(0, Math.trunc(value)));
}
