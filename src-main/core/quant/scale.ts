import type { IntegerType } from './types.ts';

/** Range of codes of a type. */
export interface CodeRange {
  min: number;
  max: number;
}

const FULL: Record<IntegerType, CodeRange> = {
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int32: { min: -2147483648, max: 2147483647 },
};

/** What a value can be clipped to: always the whole type. */
export function fullCodes(type: IntegerType): CodeRange {
  return FULL[type];
}

/** The codes that a range is spread over: signed symmetric types leave out their lowest code, so that zero is in the middle. */
export function spreadCodes(type: 'int8' | 'uint8', symmetric: boolean): CodeRange {
  return symmetric && type === 'int8' ? { min: -127, max: 127 } : FULL[type];
}

/** Round to the nearest integer, ties to even, as every integer kernel does. Exact for |x| < 2^51. */
export function roundHalfEven(x: number): number {
  if (!(Math.abs(x) < 2 ** 51)) return x;
  // Adding and taking away 1.5·2^52 leaves no room for a fraction, and the processor rounds to even.
  return x + 6755399441055744 - 6755399441055744;
}

/** Below the smallest normal float32 a scale would lose digits or become zero. */
const SMALLEST_SCALE = 1.1754943508222875e-38;

export interface ScaleAndZeroPoint {
  /** A float32 value. */
  scale: number;
  zeroPoint: number;
  /** The range used, with zero inside: float32 values. */
  min: number;
  max: number;
  /** The range was too small for a scale; then scale is 1 and zero point 0, and the caller knows better. */
  dead: boolean;
}

/**
 * Scale and zero point of a range, with ONNX Runtime's arithmetic to the last bit: ends and their difference in float32, the division in float64, the
 * zero point from the unrounded scale, the scale rounded to float32 last (reference: `compute_scale_zp` of ONNX Runtime 1.30).
 * @param min real values; the range is widened to contain zero
 * @param codes the codes that the range is spread over
 * @param symmetric zero in the middle of the codes; the range becomes ±max(|min|, |max|)
 */
export function chooseScale(min: number, max: number, codes: CodeRange, symmetric: boolean): ScaleAndZeroPoint {
  let low = Math.min(Math.fround(min), 0);
  let high = Math.max(Math.fround(max), 0);
  if (symmetric) {
    high = Math.max(-low, high);
    low = -high;
  }
  const scale = Math.fround(high - low) / (codes.max - codes.min);
  if (scale < SMALLEST_SCALE) return { scale: 1, zeroPoint: 0, min: 0, max: 0, dead: true };
  const zeroPoint = symmetric ? roundHalfEven((codes.min + codes.max) / 2) : roundHalfEven(codes.min - low / scale);
  return { scale: Math.fround(scale), zeroPoint, min: low, max: high, dead: false };
}

/** The code of a value: clip(round(x / scale) + zero point), division in float32. */
export function encode(value: number, scale: number, zeroPoint: number, codes: CodeRange): number {
  const code = roundHalfEven(Math.fround(value / scale)) + zeroPoint;
  return code < codes.min ? codes.min : code > codes.max ? codes.max : code;
}
