import type { ChannelErrors } from '../../../src-main/contract/evidence.ts';
import type { ChartTable } from '../../charts/csv.ts';
import type { ChannelRow } from '../../charts/channel-map.ts';
import type { HeatmapColumn } from '../../charts/heatmap.ts';
import { decibel, number, percent } from '../../components/format.ts';
import { GLOSSARY } from '../../components/glossary.ts';

/** The two heatmaps of the Layers tab. */
export const WHAT = [
  { value: 'metrics', text: 'metrics', hint: 'Layers × metrics' },
  { value: 'channels', text: 'channels', hint: 'Layers × channels' },
] as const;

/** What is shown of every channel; the ends are fixed as in the heatmap of metrics. */
export const CHANNEL_METRICS: readonly (HeatmapColumn & { ends: { good: number; bad: number } })[] = [
  {
    key: 'sqnr',
    title: 'SQNR',
    unit: 'dB',
    hint: `${GLOSSARY.SQNR} Cumulative, of each channel by itself.`,
    good: 'high',
    scale: 'linear',
    ends: { good: 50, bad: 10 },
    format: (value, short) => (short ? number(value) : decibel(value)),
  },
  {
    key: 'range',
    title: 'Share of the range',
    unit: '%',
    hint: 'Range of the channel (maximum minus minimum of the float values) in percent of the range of the whole tensor: a channel with 1 % of it gets only two or three of 256 codes.',
    good: 'high',
    scale: 'log',
    ends: { good: 100, bad: 1 },
    format: (value, short) => (short ? number(value) : percent(value)),
  },
];

export type ChannelOrder = 'index' | 'worst';

/** A row for every tensor; worst first within the row puts the lowest values to the left, unknown ones to the right. */
export function channelRows(errors: readonly ChannelErrors[], metric: string, order: ChannelOrder): ChannelRow[] {
  return errors.map((one) => {
    const values = metric === 'range' ? rangeShares(one) : one.sqnrDb;
    const channels = Uint32Array.from(values.keys());
    const at = (channel: number): number => values[channel] ?? Infinity;
    if (order === 'worst') channels.sort((a, b) => at(a) - at(b) || a - b);
    return { key: one.tensor, label: one.tensor, channels, values: Float32Array.from(channels, (channel) => values[channel] ?? NaN) };
  });
}

/** Percent of the whole tensor's range; null where that is empty. */
export function rangeShares({ min, max }: ChannelErrors): (number | null)[] {
  const whole = max.reduce((a, b) => Math.max(a, b), -Infinity) - min.reduce((a, b) => Math.min(a, b), Infinity);
  return min.map((low, i) => (whole > 0 ? (100 * ((max[i] ?? low) - low)) / whole : null));
}

/** The long form: one row for every channel of every tensor. */
export function channelTable(errors: readonly ChannelErrors[]): ChartTable {
  return {
    columns: ['tensor', 'operator', 'channel', 'SQNR (dB)', 'minimum', 'maximum', 'range', 'share of the range (%)'],
    rows: errors.flatMap((one) => {
      const shares = rangeShares(one);
      return one.sqnrDb.map((sqnr, i) => {
        const [min = NaN, max = NaN] = [one.min[i], one.max[i]];
        return [one.tensor, one.op, i, sqnr, min, max, max - min, shares[i] ?? null];
      });
    }),
  };
}

/** One channel in words. */
export function channelWords({ sqnrDb, min, max }: ChannelErrors, channel: number): string {
  const [low, high] = [min[channel], max[channel]];
  const range = low === undefined || high === undefined ? '' : ` · ${number(low)} … ${number(high)}, range ${number(high - low)}`;
  return `channel ${channel} · SQNR ${decibel(sqnrDb[channel])}${range}`;
}

/** The channel with the lowest SQNR of all. */
export function worstChannel(errors: readonly ChannelErrors[]): { tensor: string; channel: number; sqnrDb: number } | null {
  let worst: { tensor: string; channel: number; sqnrDb: number } | null = null;
  for (const { tensor, sqnrDb } of errors) {
    sqnrDb.forEach((value, channel) => {
      if (value !== null && (worst === null || value < worst.sqnrDb)) worst = { tensor, channel, sqnrDb: value };
    });
  }
  return worst;
}
