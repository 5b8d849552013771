import type { Seed } from '../../contract/recipe.ts';

/** Order of two paths by the bytes of their UTF-8 form: the same on every machine and in every language. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return utf8Rank(x) - utf8Rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 keeps code points above U+FFFF as surrogates (D800…DFFF), which UTF-8 sorts behind E000…FFFF. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/**
 * The order in which samples are taken: positions 0…count−1 of the sorted list, shuffled by Fisher–Yates from the end, with mulberry32 as the generator
 * (j = ⌊u32 / 2³² · (i + 1)⌋). `none` keeps them sorted. A part of the project's contract with scripts: "the first 100" must never change for a seed.
 */
export function sampleOrder(count: number, seed: Seed): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (seed === 'none') return order;
  const next = mulberry32(seed);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor((next() / 0x1_0000_0000) * (i + 1));
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/** Tommy Ettinger's mulberry32 (public domain): 32 bits of state, one unsigned 32-bit number a call. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}
