import type { FeaturesSpec } from '../../contract/data.ts';
import { decodeArray, packedArray, type PackedArray } from './array-types.ts';

/** The samples of one raw `.bin` file of this many bytes. A rest that is no whole sample is left out: see `isWhole`. */
export function featuresArray(spec: FeaturesSpec, size: number): PackedArray {
  const one = packedArray(spec.type, [1, ...spec.shape], 0);
  return { ...one, count: Math.floor(size / one.sampleBytes), quantization: { scale: spec.scale, zeroPoint: spec.zeroPoint } };
}

/** Whether a file of this many bytes is a whole number of samples, and at least one. */
export function isWhole(spec: FeaturesSpec, size: number): boolean {
  const { count, sampleBytes } = featuresArray(spec, size);
  return count > 0 && count * sampleBytes === size;
}

/** One sample's stored elements → real values. Returns false when a value is not finite. */
export function decodeFeatures({ type, quantization }: PackedArray, bytes: Uint8Array, into: { [index: number]: number }): boolean {
  const { scale, zeroPoint } = quantization ?? { scale: 1, zeroPoint: 0 };
  const values = decodeArray(type, bytes);
  let finite = true;
  for (let i = 0; i < values.length; i += 1) {
    const value = ((values[i] as number) - zeroPoint) * scale;
    finite &&= Number.isFinite(value);
    into[i] = value;
  }
  return finite;
}
