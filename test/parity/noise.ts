/**
 * The same numbers as `noise` of make_goldens.py, evenly spread over [-1, 1): mulberry32, whose 32-bit integers both languages compute alike, rounded to
 * float32. So no inputs need to be kept.
 */
export function noise(seed: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const state = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

/** Every input of every sample has a seed of its own. */
export function seedOf(sample: number, input: number): number {
  return 1000 * sample + input + 1;
}
