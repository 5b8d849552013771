import type { ElementType } from '../../contract/model.ts';

/** TensorProto.DataType → our name and bits per element; the numbers are ONNX's. Strings have no fixed size. */
const TYPES: readonly (readonly [code: number, type: ElementType, bits: number | null])[] = [
  [1, 'float32', 32],
  [2, 'uint8', 8],
  [3, 'int8', 8],
  [4, 'uint16', 16],
  [5, 'int16', 16],
  [6, 'int32', 32],
  [7, 'int64', 64],
  [8, 'string', null],
  [9, 'bool', 8],
  [10, 'float16', 16],
  [11, 'float64', 64],
  [12, 'uint32', 32],
  [13, 'uint64', 64],
  [14, 'complex64', 64],
  [15, 'complex128', 128],
  [16, 'bfloat16', 16],
  [17, 'float8e4m3fn', 8],
  [18, 'float8e4m3fnuz', 8],
  [19, 'float8e5m2', 8],
  [20, 'float8e5m2fnuz', 8],
  [21, 'uint4', 4],
  [22, 'int4', 4],
];

const byCode = new Map(TYPES.map(([code, type]) => [code, type]));
const byType = new Map(TYPES.map(([code, type]) => [type, code]));
const bits = new Map(TYPES.map(([, type, size]) => [type, size]));

/** `other` for codes that this version does not know. */
export function elementTypeOf(code: number): ElementType {
  return byCode.get(code) ?? 'other';
}

/** 0 (undefined) for `other`. */
export function codeOf(type: ElementType): number {
  return byType.get(type) ?? 0;
}

/** Bits per element; null for `string` and `other`. */
export function bitsOf(type: ElementType): number | null {
  return bits.get(type) ?? null;
}

export function isFloat(type: ElementType): boolean {
  return type === 'float32' || type === 'float16' || type === 'bfloat16' || type === 'float64';
}
