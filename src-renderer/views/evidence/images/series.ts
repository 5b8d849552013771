/** Tokens that tell classes apart, in the order in which they are given out. */
export const SERIES = ['--series-quantized', '--series-3', '--series-4', '--series-5', '--series-6'] as const;

/** Beyond so many colours the same ones come again with another pattern. */
export type Pattern = 'solid' | 'hatched' | 'dotted';
const PATTERNS: readonly Pattern[] = ['solid', 'hatched', 'dotted'];

export function lookOf(place: number): { token: (typeof SERIES)[number]; pattern: Pattern } {
  const token = SERIES[place % SERIES.length] ?? SERIES[0];
  return { token, pattern: PATTERNS[Math.floor(place / SERIES.length) % PATTERNS.length] ?? 'solid' };
}
