import type { TensorError } from '../../contract/results.ts';

export interface ErrorMeter {
  /** Float and quantized values of the same tensor, equally long. */
  add(float: Float32Array, quantized: Float32Array): void;
  finish(): TensorError;
}

/** Σf², Σq², Σfq, Σ(f − q)², max |f − q| and how many values were summed. */
export interface ErrorSums {
  count: number;
  signal: number;
  other: number;
  product: number;
  noise: number;
  maxAbs: number;
}

export function errorFrom({ count, signal, other, product, noise, maxAbs }: ErrorSums): TensorError {
  return {
    sqnrDb: decibels(signal, noise),
    // Without any quantized value there is no direction to compare, and the likeness is none.
    cosine: signal > 0 ? (other > 0 ? product / Math.sqrt(signal * other) : 0) : null,
    mse: count > 0 ? noise / count : 0,
    maxAbs,
  };
}

/** 10·log10(signal / noise) of two powers; null when there is no noise at all or no signal. */
export function decibels(signal: number, noise: number): number | null {
  return signal > 0 && noise > 0 ? 10 * Math.log10(signal / noise) : null;
}

/** For long lists that people read: tens of thousands of channels in a model. */
export function fourDigits<T extends number | null>(value: T): T {
  return (value === null ? null : Number(value.toPrecision(4))) as T;
}

/** Error of a tensor over many images, in constant memory: sums in float64. */
export function createErrorMeter(): ErrorMeter {
  const sums: ErrorSums = { count: 0, signal: 0, other: 0, product: 0, noise: 0, maxAbs: 0 };
  return {
    add(float, quantized) {
      if (float.length !== quantized.length) throw new RangeError(`${float.length} float values against ${quantized.length} quantized ones`);
      // Sums of one tensor first: local variables stay in registers, and small images do not drown in the great total.
      let f2 = 0;
      let q2 = 0;
      let fq = 0;
      let e2 = 0;
      let maxAbs = 0;
      for (let i = 0; i < float.length; i++) {
        const f = float[i] as number;
        const q = quantized[i] as number;
        const error = f - q;
        f2 += f * f;
        q2 += q * q;
        fq += f * q;
        e2 += error * error;
        const size = Math.abs(error);
        if (size > maxAbs) maxAbs = size;
      }
      sums.count += float.length;
      sums.signal += f2;
      sums.other += q2;
      sums.product += fq;
      sums.noise += e2;
      sums.maxAbs = Math.max(sums.maxAbs, maxAbs);
    },
    finish: () => errorFrom(sums),
  };
}
