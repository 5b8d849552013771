import type { Codes, CodeType, IntegerType } from './types.ts';

/** Range of codes of a type. */
export interface CodeRange {
  min: number;
  max: number;
}

const FULL: Record<CodeType, CodeRange> = {
  int4: { min: -8, max: 7 },
  uint4: { min: 0, max: 15 },
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int16: { min: -32768, max: 32767 },
  uint16: { min: 0, max: 65535 },
  int32: { min: -2147483648, max: 2147483647 },
};

/** What a value can be clipped to: always the whole type. */
export function fullCodes(type: CodeType): CodeRange {
  return FULL[type];
}

export function bitsOfCodes(type: CodeType): 4 | 8 | 16 | 32 {
  return type === 'int32' ? 32 : type.endsWith('16') ? 16 : type.endsWith('8') ? 8 : 4;
}

export function isSigned(type: CodeType): boolean {
  return !type.startsWith('u');
}

/**
 * The codes that a range is spread over. `restricted`: signed symmetric types leave out their lowest code, so that zero is in the middle. `reduced`: half
 * as many codes, of signed types −2^(n−2) … 2^(n−2) (reference: the tables of ONNX Runtime 1.30).
 */
export function spreadCodes(type: IntegerType, symmetric: boolean, codes: Codes): CodeRange {
  const full = FULL[type];
  if (codes === 'reduced') {
    const half = 2 ** (bitsOfCodes(type) - 2);
    if (!isSigned(type)) return { min: 0, max: 2 * half - 1 };
    // Four bits have one code less above zero, as the tables have it.
    return { min: -half, max: type === 'int4' ? half - 1 : half };
  }
  return symmetric && isSigned(type) && codes === 'restricted' ? { min: -full.max, max: full.max } : full;
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
  // Beyond half of float32's range the difference of the ends is no float32 any more; it is that of the divided ends then.
  const difference = Math.fround(high - low);
  const steps = codes.max - codes.min;
  const scale = Number.isFinite(difference) ? difference / steps : high / steps - low / steps;
  if (scale < SMALLEST_SCALE) return { scale: 1, zeroPoint: 0, min: 0, max: 0, dead: true };
  const zeroPoint = symmetric ? roundHalfEven((codes.min + codes.max) / 2) : roundHalfEven(codes.min - low / scale);
  return { scale: Math.fround(scale), zeroPoint, min: low, max: high, dead: false };
}

/** The code of a value: clip(round(x / scale) + zero point), division in float32. */
export function encode(value: number, scale: number, zeroPoint: number, codes: CodeRange): number {
  const code = roundHalfEven(Math.fround(value / scale)) + zeroPoint;
  return code < codes.min ? codes.min : code > codes.max ? codes.max : code;
}
