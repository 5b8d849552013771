import { bitsOfCodes, fullCodes, type CodeRange } from './scale.ts';
import type { IntegerType, Scheme } from './types.ts';

/** roundf of C, ties away from zero: this quantizer is the only one that rounds so. */
const roundAway = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

/** Whether the numbers of weights are those below. Who asks for other codes, or has no blocks, gets the usual ones. */
export function hasBlockCodes({ arithmetic, codes, blockSize, type }: Scheme): boolean {
  return arithmetic === 'nbits' && codes === 'restricted' && blockSize !== null && bitsOfCodes(type) <= 8;
}

/**
 * Scale and zero point of one block of weights for MatMulNBits, with the arithmetic of ONNX Runtime's own quantizer to the last bit: everything in float32,
 * and symmetric blocks have the value of the greatest magnitude, whatever its sign, at the lowest code: all 2^n codes are used and none of the peak is
 * lost, for the price of a scale that can be negative (reference: round-to-nearest of `MatMulNBitsQuantizer`, ONNX Runtime 1.30).
 * @param min smallest weight of the block
 */
export function chooseBlockScale(
  min: number,
  max: number,
  type: IntegerType,
  symmetric: boolean,
): { scale: number; zeroPoint: number; min: number; max: number } {
  const codes = 2 ** bitsOfCodes(type);
  const [scale, zeroPoint] = symmetric ? [symmetricScale(min, max, codes), codes / 2] : asymmetric(Math.min(min, 0), Math.max(max, 0), codes - 1);
  const ends = [-zeroPoint * scale, (codes - 1 - zeroPoint) * scale];
  return { scale, zeroPoint: zeroPoint + fullCodes(type).min, min: Math.min(...ends), max: Math.max(...ends) };
}

function symmetricScale(min: number, max: number, codes: number): number {
  return Math.fround(-(Math.abs(max) > Math.abs(min) ? max : min) / (codes / 2));
}

function asymmetric(min: number, max: number, steps: number): [scale: number, zeroPoint: number] {
  const difference = Math.fround(max - min);
  // The tool's scale is infinite where the difference is.
  const scale = Number.isFinite(difference) ? Math.fround(difference / steps) : Math.fround(max / steps - min / steps);
  const zeroPoint = scale === 0 ? 0 : roundAway(Math.fround(-min / scale));
  return [scale, Math.min(Math.max(zeroPoint, 0), steps)];
}

/** The code of a weight: clip(round(x · (1 / scale) + zero point)). */
export function encodeInBlock(value: number, scale: number, zeroPoint: number, codes: CodeRange): number {
  // A block of zeros has the scale 0.
  const steps = scale === 0 || value === 0 ? 0 : Math.fround(value * Math.fround(1 / scale));
  // Rounded as if codes began at 0, as they do in the file.
  const code = roundAway(Math.fround(steps + (zeroPoint - codes.min))) + codes.min;
  return Math.min(Math.max(code, codes.min), codes.max);
}
