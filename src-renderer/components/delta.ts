export interface Sense {
  /** Of the number as it is written. */
  sign: 'up' | 'down' | 'none';
  meaning: 'better' | 'worse' | 'same';
}

/** What a delta says at a glance. One that is written as "±0.0" rounds to nothing: it points nowhere and is neither good nor bad. */
export function senseOf(text: string, delta: number, better: 'up' | 'down'): Sense {
  if (delta === 0 || text.includes('±')) return { sign: 'none', meaning: 'same' };
  const sign = delta > 0 ? 'up' : 'down';
  return { sign, meaning: sign === better ? 'better' : 'worse' };
}
