import { describe, expect, it } from 'vitest';
import { addSums, createComparer, createSums, cumulativeError, localError, type ComparisonSums } from '../../../src-main/core/metrics/compare-tensors.ts';
import { createErrorMeter } from '../../../src-main/core/metrics/tensor-error.ts';
import { fakeQuantize } from '../../../src-main/core/quant/fake.ts';
import { fullCodes } from '../../../src-main/core/quant/scale.ts';
import type { Parameters } from '../../../src-main/core/quant/types.ts';
import { noise } from '../quant/build.ts';

const compare = createComparer();
const parameters = (scale: number, zeroPoint: number): Parameters => ({
  type: 'uint8',
  axis: null,
  blockSize: null,
  symmetric: false,
  scale: Float32Array.of(scale),
  zeroPoint: Int32Array.of(zeroPoint),
  min: new Float64Array(1),
  max: new Float64Array(1),
  origin: 'test',
});
const gridOf = ({ type, scale, zeroPoint }: Parameters) => {
  const [codes, zero] = [fullCodes(type), zeroPoint[0] as number];
  return { scale: scale[0] as number, zeroPoint: zero, low: codes.min - zero, high: codes.max - zero };
};

/** The reference: the plain loop in float64, and quantization as ONNX Runtime computes it. */
const reference = (float: Float32Array, quantized: Float32Array) => {
  const meter = createErrorMeter();
  meter.add(float, quantized);
  return meter.finish();
};

function expectSame(got: ReturnType<typeof reference> | null, want: ReturnType<typeof reference>): void {
  for (const key of ['sqnrDb', 'cosine', 'mse'] as const) expect(Math.abs((got?.[key] as number) / (want[key] as number) - 1), key).toBeLessThan(1e-9);
  expect(got?.maxAbs).toBe(want.maxAbs);
}

describe('errors of two tensors', () => {
  // Rows with every number of values behind the whole vectors, rows longer than what is looked at together, and single values.
  it.each([
    { channels: 3, inner: 49, outer: 1 },
    { channels: 7, inner: 3, outer: 5 },
    { channels: 1000, inner: 1, outer: 1 },
    { channels: 2, inner: 20002, outer: 1 },
    { channels: 1, inner: 8192, outer: 2 },
    { channels: 40, inner: 514, outer: 1 },
  ])('equal the float64 reference: $outer × $channels × $inner', ({ channels, inner, outer }) => {
    const size = channels * inner * outer;
    const float = noise(size, 3, 5).map((value, i) => value * (1 + (i % 11)));
    const errors = noise(size, 0.02, 9);
    const quantized = float.map((value, i) => value + (errors[i] as number));
    const p = parameters(0.11, 117);
    const sums = createSums(channels, true);
    compare(float, quantized, { channels, inner }, gridOf(p), sums);

    expectSame(cumulativeError(sums), reference(float, quantized));
    expectSame(localError(sums), reference(float, fakeQuantize(float, p, new Float32Array(size))));
    const ofChannel = (values: Float32Array, channel: number) => values.filter((_, i) => Math.floor(i / inner) % channels === channel);
    for (let channel = 0; channel < Math.min(channels, 40); channel++) {
      const [f, q] = [ofChannel(float, channel), ofChannel(quantized, channel)];
      expect([sums.min[channel], sums.max[channel]]).toEqual([Math.min(...f), Math.max(...f)]);
      expect((sums.noise[channel] as number) / f.length / reference(f, q).mse).toBeCloseTo(1, 9);
    }
  });

  it.each(['uint8', 'int8'] as const)('read %s codes as what they stand for', (type) => {
    const float = noise(7 * 45, 12, 5);
    const p = { ...parameters(0.11, type === 'uint8' ? 117 : -11), type };
    const zero = p.zeroPoint[0] as number;
    const values = fakeQuantize(float, p, new Float32Array(float.length));
    // Codes of another image of the same range, so that the two errors differ.
    const shifted = values.map((value, i) => values[(i + 1) % values.length] ?? value);
    const integers = Array.from(shifted, (value) => Math.round(value / (p.scale[0] as number)) + zero);
    const codes = type === 'uint8' ? Uint8Array.from(integers) : Int8Array.from(integers);
    const sums = createSums(7, true);
    compare(float, codes, { channels: 7, inner: 45 }, gridOf(p), sums);
    expectSame(cumulativeError(sums), reference(float, shifted));
    expectSame(localError(sums), reference(float, values));
    expect(() => compare(float, codes, { channels: 7, inner: 45 }, null, sums)).toThrow(RangeError);
  });

  it('add up over images, in whatever parts', () => {
    const images = [1, 2, 3].map((seed) => noise(60, 2, seed));
    const others = images.map((image) => image.map((value) => Math.fround(value * 1.01)));
    const rows = { channels: 4, inner: 15 };
    const sumOf = (which: number[]): ComparisonSums => {
      const sums = createSums(4, false);
      for (const i of which) compare(images[i] as Float32Array, others[i] as Float32Array, rows, null, sums);
      return sums;
    };
    const [all, some] = [sumOf([0, 1, 2]), sumOf([0])];
    addSums(some, sumOf([1, 2]));
    expectSame(cumulativeError(some), cumulativeError(all));
    expect(some.min).toEqual(all.min);
    expect(localError(all)).toBeNull();
  });

  it('show what is no number, and nothing where there is no error', () => {
    const broken = createSums(1, false);
    compare(Float32Array.of(1, 2, NaN, 4, 5), Float32Array.of(1, 2, 3, 4, 5), { channels: 1, inner: 5 }, null, broken);
    expect(cumulativeError(broken).mse).toBeNaN();
    const infinite = createSums(1, false);
    compare(Float32Array.of(1, 2, 3), Float32Array.of(1, Infinity, 3), { channels: 1, inner: 3 }, null, infinite);
    expect(cumulativeError(infinite).mse).toBe(Infinity);
    const equal = createSums(1, false);
    compare(Float32Array.of(1, 2), Float32Array.of(1, 2), { channels: 1, inner: 2 }, null, equal);
    expect(cumulativeError(equal)).toEqual({ sqnrDb: null, cosine: 1, mse: 0, maxAbs: 0 });
  });
});
