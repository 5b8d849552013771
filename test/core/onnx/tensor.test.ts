import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../../../src-main/core/onnx/float16.ts';
import { byteLengthOf, floatsOf, floatTensor, intsOf, intTensor } from '../../../src-main/core/onnx/tensor.ts';

describe('float16', () => {
  // IEEE 754 binary16: bits written down from the definition.
  it.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x3555, 0.333251953125],
  ])('%i is %d', (half, value) => {
    expect(fromFloat16(half)).toBe(value);
    expect(toFloat16(value)).toBe(half);
  });

  it('keeps every one of the 65 536 values', () => {
    for (let half = 0; half < 65536; half++) {
      const value = fromFloat16(half);
      if (Number.isNaN(value)) expect(Number.isNaN(fromFloat16(toFloat16(value)))).toBe(true);
      else if (toFloat16(value) !== half) expect([half, value]).toEqual([toFloat16(value), value]);
    }
  });

  it('rounds to nearest, ties to even, and overflows where half a step above the greatest is', () => {
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00);
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toFloat16(2047.9)).toBe(0x6800);
    expect(toFloat16(65519.9)).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(2 ** -25)).toBe(0);
    expect(toFloat16(2 ** -25 * 1.01)).toBe(1);
    expect(toFloat16(1023.6 * 2 ** -24)).toBe(0x400);
  });
});

describe('tensors', () => {
  it('views aligned floats and copies unaligned ones', () => {
    const aligned = floatTensor('w', [2], new Float32Array([1, 2]));
    expect(floatsOf(aligned).buffer).toBe(aligned.bytes.buffer);
    const shifted = new Uint8Array(9);
    shifted.set(aligned.bytes, 1);
    expect([...floatsOf({ ...aligned, bytes: shifted.subarray(1) })]).toEqual([1, 2]);
  });

  it('writes integers of every type as it reads them, and clamps what does not fit', () => {
    expect(intsOf(intTensor('i', [3], [-(2 ** 40), 0, 2 ** 53]))).toEqual([-(2 ** 40), 0, 2 ** 53]);
    expect([...intTensor('i', [1], [2 ** 63]).bytes]).toEqual([255, 255, 255, 255, 255, 255, 255, 127]);
    expect(intsOf(intTensor('i', [4], [-300, -1, 1, 300], 'int8'))).toEqual([-128, -1, 1, 127]);
    expect(intsOf(intTensor('i', [2], [-1, 70000], 'uint16'))).toEqual([0, 65535]);
    expect(intsOf(intTensor('i', [2], [-(2 ** 31), 2 ** 31], 'int32'))).toEqual([-(2 ** 31), 2 ** 31 - 1]);
  });

  it('counts bytes: two 4-bit values share one', () => {
    expect(byteLengthOf('int4', [3])).toBe(2);
    expect(byteLengthOf('float32', [])).toBe(4);
    expect(byteLengthOf('float16', [0, 7])).toBe(0);
    expect(byteLengthOf('string', [2])).toBe(null);
  });

  it('refuses to read strings as numbers', () => {
    expect(() => floatsOf({ name: 's', type: 'string', dims: [1], bytes: new Uint8Array(3) })).toThrow(/constant s holds string values/);
  });
});
