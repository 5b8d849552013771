import { createErrorMeter } from './tensor-error.ts';

export interface OutputError {
  sqnrDb: number | null;
  cosine: number | null;
  mse: number;
  /** Mean of quantized minus float: a shift that no single image shows. */
  bias: number;
  /** In percent of float's standard deviation; null where float does not vary. */
  biasShare: number | null;
}

export interface OutputErrorMeter {
  /** Equally long. */
  add(float: Float32Array, quantized: Float32Array): void;
  finish(): OutputError;
}

/** Error and bias of one output against the float model's, over all images. */
export function createOutputErrorMeter(): OutputErrorMeter {
  const error = createErrorMeter();
  let count = 0;
  let floatSum = 0;
  let floatSquares = 0;
  let quantizedSum = 0;
  return {
    add(float, quantized) {
      error.add(float, quantized);
      let sum = 0;
      let squares = 0;
      let other = 0;
      for (let i = 0; i < float.length; i++) {
        const value = float[i] as number;
        sum += value;
        squares += value * value;
        other += quantized[i] as number;
      }
      count += float.length;
      floatSum += sum;
      floatSquares += squares;
      quantizedSum += other;
    },
    finish() {
      const { sqnrDb, cosine, mse } = error.finish();
      const n = Math.max(1, count);
      const bias = (quantizedSum - floatSum) / n;
      const deviation = Math.sqrt(Math.max(0, floatSquares / n - (floatSum / n) ** 2));
      return { sqnrDb, cosine, mse, bias, biasShare: deviation > 0 ? (100 * bias) / deviation : null };
    },
  };
}
