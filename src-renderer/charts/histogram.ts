import type { Histogram, TensorStatistics } from '../../src-main/contract/results.ts';
import type { ChartTable } from './csv.ts';

/** The real values that the codes cover. */
export interface Range {
  min: number;
  max: number;
}

/** The values of one tensor: an activation over the images, or a weight. Weights have no mean to speak of. */
export type Distribution = Omit<TensorStatistics, 'mean' | 'std'> & Partial<Pick<TensorStatistics, 'mean' | 'std'>>;

export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** Neighbouring bins added up until at most `most` are left: more than one bar per pixel only costs time. */
export function rebin(histogram: Histogram, most: number): Bin[] {
  const { start, width, counts } = histogram;
  const per = Math.max(1, Math.ceil(counts.length / most));
  const bins: Bin[] = [];
  for (let i = 0; i < counts.length; i += per) {
    const end = Math.min(counts.length, i + per);
    const count = counts.subarray(i, end).reduce((sum, one) => sum + one, 0);
    bins.push({ from: start + i * width, to: start + end * width, count });
  }
  return bins;
}

/**
 * Share of the counted values (0…1) below and above a range. A bin that the border cuts counts by the part outside, as if its values were spread evenly;
 * a border beyond the exact minimum or maximum clips nothing, wherever the bin edges lie.
 */
export function clippedShare({ histogram, min, max }: Pick<TensorStatistics, 'histogram' | 'min' | 'max'>, range: Range): { below: number; above: number } {
  const { start, width, counts } = histogram;
  let below = 0;
  let above = 0;
  let total = 0;
  counts.forEach((count, i) => {
    const from = start + i * width;
    total += count;
    if (range.min > min) below += count * Math.min(1, Math.max(0, (range.min - from) / width));
    if (range.max < max) above += count * Math.min(1, Math.max(0, (from + width - range.max) / width));
  });
  return total === 0 ? { below: 0, above: 0 } : { below: below / total, above: above / total };
}

/** Greatest over smallest non-zero count above 1000: on a linear axis the tail would be invisible. */
export function spansDecades(bins: readonly Bin[]): boolean {
  const counts = bins.map((bin) => bin.count).filter((count) => count > 0);
  return counts.length > 1 && Math.max(...counts) / Math.min(...counts) > 1000;
}

/** All bins in full precision, as table and CSV show them. */
export function histogramTable(histogram: Histogram): ChartTable {
  return {
    columns: ['from', 'to', 'count'],
    rows: Array.from(histogram.counts, (count, i) => [histogram.start + i * histogram.width, histogram.start + (i + 1) * histogram.width, count]),
  };
}
