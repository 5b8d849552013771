import type { StatisticsFile } from '../../contract/statistics.ts';
import type { Statistics } from './statistics.ts';

/** Plain JSON, checked on the way back by `StatisticsFileSchema`. */
export function statisticsToFile(statistics: ReadonlyMap<string, Statistics>): StatisticsFile {
  return {
    format: 'calibrant-statistics',
    version: 2,
    // Field by field, so that equal statistics make equal files, wherever they come from.
    tensors: [...statistics].map(([name, s]) => ({
      name,
      min: s.min,
      max: s.max,
      count: s.count,
      sampled: s.sampled,
      sum: s.sum,
      sumOfSquares: s.sumOfSquares,
      histogram: { first: s.histogram.first, width: s.histogram.width, counts: [...s.histogram.counts] },
      images: s.images,
      sumOfMinima: s.sumOfMinima,
      sumOfMaxima: s.sumOfMaxima,
      channels: s.channels && { axis: s.channels.axis, means: [...s.channels.means] },
    })),
  };
}

/** Files of version 1 knew no single images: they count as one, whose ends are those of all. */
export function statisticsFromFile(file: StatisticsFile): Map<string, Statistics> {
  const later = file.version === 2 ? file.tensors : file.tensors.map((s) => ({ ...s, images: 1, sumOfMinima: s.min, sumOfMaxima: s.max, channels: null }));
  return new Map(
    later.map(({ name, histogram, channels, ...s }) => [
      name,
      {
        ...s,
        histogram: { ...histogram, counts: Float64Array.from(histogram.counts) },
        channels: channels && { ...channels, means: Float64Array.from(channels.means) },
      },
    ]),
  );
}
