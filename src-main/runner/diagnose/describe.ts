import type { ChannelErrors } from '../../contract/evidence.ts';
import type { DiagnosedTensor } from '../../contract/results.ts';
import { cumulativeError, localError, total, type ComparisonSums } from '../../core/metrics/compare-tensors.ts';
import { decibels, fourDigits } from '../../core/metrics/tensor-error.ts';
import { CHANNEL_AXIS } from '../../core/quant/channels.ts';
import type { TensorPair } from '../../core/quant/match.ts';

/** A pair of tensors and its sums; null where they could not be compared. */
export interface MeasuredPair {
  pair: TensorPair;
  sums: ComparisonSums | null;
  images: number;
}

export function describe({ pair: { name, node, op, index }, sums, images }: MeasuredPair): { name: string; tensor: DiagnosedTensor | null } {
  if (!sums) return { name, tensor: null };
  const power = total(sums.signal) / sums.count;
  const elements = sums.count / images;
  return { name, tensor: { name, node, op, index, elements, cumulative: cumulativeError(sums), local: localError(sums), power } };
}

/** The channels of a pair that is compared by channel, four digits each: there are tens of thousands in a model. */
export function channelsOf({ pair: { name, node, op }, sums }: MeasuredPair): ChannelErrors[] {
  if (!sums || sums.signal.length === 1) return [];
  const sqnrDb = Array.from(sums.signal, (signal, channel) => fourDigits(decibels(signal, sums.noise[channel] as number)));
  return [{ tensor: name, node, op, axis: CHANNEL_AXIS, sqnrDb, min: Array.from(sums.min, fourDigits), max: Array.from(sums.max, fourDigits) }];
}
