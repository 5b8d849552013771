import type { Statistics } from './statistics.ts';

/**
 * The statistics of several tensors as if they were one, for tensors that must share their parameters. Every value counts the same, however densely its
 * tensor was sampled; the order of the list makes no difference. What it says of single images are the averages of the tensor that reaches furthest.
 * @param list not empty, of the same images
 */
export function mergeStatistics(list: readonly Statistics[]): Statistics {
  const [only] = list;
  if (!only) throw new Error('There are no statistics to merge');
  if (list.length === 1) return { ...only, channels: null };
  const images = Math.max(...list.map((s) => s.images));
  const average = (s: Statistics, sum: number): number => (s.images === images ? sum : (sum / s.images) * images);
  return {
    images,
    min: Math.min(...list.map((s) => s.min)),
    max: Math.max(...list.map((s) => s.max)),
    sumOfMinima: Math.min(...list.map((s) => average(s, s.sumOfMinima))),
    sumOfMaxima: Math.max(...list.map((s) => average(s, s.sumOfMaxima))),
    count: total(list.map((s) => s.count)),
    sampled: total(list.map((s) => s.count)),
    sum: total(list.map((s) => s.sum * weight(s))),
    sumOfSquares: total(list.map((s) => s.sumOfSquares * weight(s))),
    histogram: mergeHistograms(list),
    channels: null,
  };
}

/** How many values a sampled one stands for. */
function weight({ count, sampled }: Statistics): number {
  return sampled > 0 ? count / sampled : 0;
}

/** Widths are powers of two and bins aligned at zero, so every bin of a finer histogram lies in one of the coarsest. */
function mergeHistograms(list: readonly Statistics[]): Statistics['histogram'] {
  const width = Math.max(...list.map(({ histogram }) => histogram.width));
  const reaches = list.map(({ histogram: { first, width: own, counts } }) => ({
    from: Math.floor((first * own) / width),
    to: Math.floor(((first + counts.length - 1) * own) / width) + 1,
  }));
  const first = Math.min(...reaches.map(({ from }) => from));
  const counts = new Float64Array(Math.max(...reaches.map(({ to }) => to)) - first);
  // Fractions do not add up the same in every order.
  const ordered = [...list].sort((a, b) => weight(a) - weight(b) || a.histogram.width - b.histogram.width || a.sum - b.sum);
  for (const s of ordered) {
    const { histogram } = s;
    for (const [i, count] of histogram.counts.entries()) {
      const bin = Math.floor(((histogram.first + i) * histogram.width) / width) - first;
      counts[bin] = (counts[bin] as number) + count * weight(s);
    }
  }
  return { first, width, counts };
}

function total(values: number[]): number {
  return values.sort((a, b) => a - b).reduce((sum, value) => sum + value, 0);
}
