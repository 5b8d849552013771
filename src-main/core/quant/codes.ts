import { bitsOfCodes, isSigned } from './scale.ts';
import type { CodeType } from './types.ts';

/** Takes codes one after the other and keeps them as ONNX does: little-endian, two 4-bit codes a byte with the low nibble first. */
export interface CodeBuffer {
  set(index: number, code: number): void;
  bytes: Uint8Array;
}

export function codeBuffer(type: CodeType, count: number): CodeBuffer {
  const bits = bitsOfCodes(type);
  if (bits === 4) {
    const bytes = new Uint8Array(Math.ceil(count / 2));
    // An odd tail has a zero nibble beside it.
    return { bytes, set: (i, code) => void (bytes[i >> 1] = (bytes[i >> 1] as number) | ((code & 15) << ((i & 1) * 4))) };
  }
  const codes = bits === 8 ? new Uint8Array(count) : bits === 16 ? new Int16Array(count) : new Int32Array(count);
  return { bytes: new Uint8Array(codes.buffer), set: (i, code) => void (codes[i] = code) };
}

export function packCodes(type: CodeType, codes: ArrayLike<number>): Uint8Array {
  const buffer = codeBuffer(type, codes.length);
  for (let i = 0; i < codes.length; i++) buffer.set(i, codes[i] as number);
  return buffer.bytes;
}

/** The codes of a constant, as numbers. */
export function unpackCodes(type: CodeType, bytes: Uint8Array, count: number): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signed = isSigned(type);
  const read: Record<4 | 8 | 16 | 32, (i: number) => number> = {
    4: (i) => ((bytes[i >> 1] as number) >> ((i & 1) * 4)) & 15,
    8: (i) => view.getUint8(i),
    16: (i) => view.getUint16(i * 2, true),
    32: (i) => view.getInt32(i * 4, true),
  };
  const bits = bitsOfCodes(type);
  return Int32Array.from({ length: count }, (_, i) => (signed ? (read[bits](i) << (32 - bits)) >> (32 - bits) : read[bits](i)));
}
