/** Element types of packed sample files. */
export type ArrayType = 'float32' | 'float64' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'int64';

export const BYTES_PER_ELEMENT: Record<ArrayType, number> = {
  float32: 4,
  float64: 8,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  int64: 8,
};

/** Little-endian elements as numbers. The bytes need not be aligned. */
export function decodeArray(type: ArrayType, bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read: Record<ArrayType, (at: number) => number> = {
    float32: (at) => view.getFloat32(at, true),
    float64: (at) => view.getFloat64(at, true),
    int8: (at) => view.getInt8(at),
    uint8: (at) => view.getUint8(at),
    int16: (at) => view.getInt16(at, true),
    uint16: (at) => view.getUint16(at, true),
    int32: (at) => view.getInt32(at, true),
    int64: (at) => Number(view.getBigInt64(at, true)),
  };
  const size = BYTES_PER_ELEMENT[type];
  const at = read[type];
  return Float64Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => at(i * size));
}

/** One array inside a file: `count` samples of `shape` behind `offset` bytes, each `sampleBytes` long. */
export interface PackedArray {
  type: ArrayType;
  count: number;
  /** Of one sample. */
  shape: number[];
  offset: number;
  sampleBytes: number;
  /** value = (stored − zeroPoint)·scale; absent for values stored as they are. */
  quantization?: { scale: number; zeroPoint: number };
}

export function packedArray(type: ArrayType, dims: readonly number[], offset: number): PackedArray {
  const [count = 1, ...shape] = dims;
  return { type, count, shape, offset, sampleBytes: shape.reduce((product, dim) => product * dim, BYTES_PER_ELEMENT[type]) };
}
