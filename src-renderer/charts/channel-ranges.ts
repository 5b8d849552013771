import type { ChartTable } from './csv.ts';

/** Range of one channel, and what its quantization costs where that is known. */
export interface ChannelRange {
  channel: number;
  min: number;
  max: number;
  sqnrDb: number | null;
}

export function channelRanges(min: readonly number[], max: readonly number[], sqnrDb: readonly (number | null)[] = []): ChannelRange[] {
  return min.map((low, channel) => ({ channel, min: low, max: max[channel] ?? low, sqnrDb: sqnrDb[channel] ?? null }));
}

const reach = ({ min, max }: ChannelRange): number => Math.max(max, -min);

/** Lowest SQNR first; where none is known, the narrowest, which get the fewest steps of a scale for all. All-zero channels lose nothing and stand last. */
export function worstChannelsFirst(channels: readonly ChannelRange[]): ChannelRange[] {
  const known = channels.some(({ sqnrDb }) => sqnrDb !== null);
  const loss = (one: ChannelRange): number => (reach(one) === 0 ? Infinity : known ? (one.sqnrDb ?? Infinity) : reach(one));
  return channels.toSorted((a, b) => {
    const [left, right] = [loss(a), loss(b)];
    return left === right ? a.channel - b.channel : left - right;
  });
}

/** Greatest over smallest reach, all-zero channels left out. */
export function rangeRatio(channels: readonly ChannelRange[]): number | null {
  const alive = channels.map(reach).filter((value) => value > 0);
  if (alive.length === 0) return null;
  return alive.reduce((a, b) => Math.max(a, b)) / alive.reduce((a, b) => Math.min(a, b));
}

export function channelTable(channels: readonly ChannelRange[]): ChartTable {
  return { columns: ['channel', 'min', 'max', 'SQNR (dB)'], rows: channels.map(({ channel, min, max, sqnrDb }) => [channel, min, max, sqnrDb]) };
}
