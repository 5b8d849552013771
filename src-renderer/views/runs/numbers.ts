import { dropOf } from '../../../src-main/contract/criteria.ts';
import type { RunRow } from '../../../src-main/contract/projects.ts';
import type { Headline } from '../../../src-main/contract/scores.ts';
import { decibel, delta, number, percent, points, UNKNOWN } from '../../components/format.ts';

/** What runs are compared with: one of them, or (null) the float model that each was made from. */
export type Against = RunRow | null;

/** A headline as it is written: percentages with their count. */
export function headlineText(headline: Headline | null, value: number | null | undefined, images?: number | null): string {
  if (!headline || value === null || value === undefined) return UNKNOWN;
  if (headline.unit === '%') return percent(value, images);
  return headline.unit === 'dB' ? decibel(value) : number(value);
}

/**
 * How far the headline metric is from what it is compared with: points of a percentage, dB, percent of an error. null where that cannot be told, also between
 * different metrics.
 */
export function changeOf({ headline }: RunRow, against: Against): number | null {
  if (!headline || headline.value === null) return null;
  if (!against) {
    const drop = dropOf(headline);
    return drop === null ? null : headline.higher ? -drop : drop;
  }
  const base = against.headline;
  if (base?.metric !== headline.metric || base.value === null) return null;
  if (headline.higher) return headline.value - base.value;
  return base.value > 0 ? 100 * (headline.value / base.value - 1) : null;
}

/** "−0.5", of an error "+12 %", of a ratio "+1.2 dB". */
export function changeText(headline: Headline | null, change: number | null): string {
  if (change === null) return UNKNOWN;
  if (headline?.unit === '%') return points(change);
  return headline?.unit === 'dB' ? `${delta(change)}\u00a0dB` : `${delta(change)}\u00a0%`;
}

/** How many times smaller than what it is compared with. */
export function sizeRatio(row: RunRow, against: Against): number | null {
  const base = against ? against.bytes : row.floatBytes;
  return base && row.bytes ? base / row.bytes : null;
}

/** How many times as fast (medians). */
export function speedup(row: RunRow, against: Against): number | null {
  const base = against ? against.latencyMs : row.floatLatencyMs;
  return base && row.latencyMs ? base / row.latencyMs : null;
}
