/** IEEE 754 half precision, bits in the low half of a number. */

const scratch = new DataView(new ArrayBuffer(4));

/** Exact. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Distance of two neighbours with an exponent from -14 to 15. */
const STEPS = Float64Array.from({ length: 30 }, (_, i) => 2 ** (i - 24));
const float32 = new Float32Array(1);
const float32Bits = new Uint32Array(float32.buffer);

/** Rounds to nearest, ties to even; beyond 65504 (+ half a step) it is infinite. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  // The exponent's field in float32; a logarithm would take most of the time of converting a model.
  float32[0] = magnitude;
  const exponent = Math.max(((float32Bits[0] as number) >> 23) - 127, -14);
  // Adding and taking away 1.5·2^52 leaves no room for a fraction, and the processor rounds to even.
  const steps = magnitude / (STEPS[exponent + 14] as number) + 6755399441055744 - 6755399441055744;
  // A carry into the next exponent comes out right by itself: the fields are adjacent.
  return sign | (exponent === -14 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

/** bfloat16 is the upper half of a float32. */
export function fromBfloat16(half: number): number {
  scratch.setUint32(0, half << 16);
  return scratch.getFloat32(0);
}
