import type { DoctorResult } from '../../src-main/contract/evidence.ts';
import { percent, plural } from '../components/format.ts';
import type { ChartTable } from './csv.ts';

type Sizes = DoctorResult['sizes'];
type Accuracy = DoctorResult['accuracy'];

/** The chart in words: what half of the images see, and what the accuracy is with half and with all of them. */
export function subsetSummary(sizes: Sizes, accuracy: Accuracy): string {
  const all = sizes.at(-1)?.images ?? 0;
  const half = sizes.find(({ images }) => images === Math.floor(all / 2));
  const ranges = half
    ? `Random halves (${half.images} of ${plural(all, 'image')}) see ${percent(half.median)} of the ranges in the median, ${percent(half.p5)} at the 5th percentile.`
    : `Ranges of ${plural(all, 'image')}.`;
  const measured = accuracy.map(({ images, metric, value, evaluated }) => `${metric} ${percent(value, evaluated)} with ${images}`).join(', ');
  return measured ? `${ranges} Calibrated: ${measured}.` : ranges;
}

export function subsetTable(sizes: Sizes, accuracy: Accuracy): ChartTable {
  const metric = accuracy[0]?.metric;
  const measured = new Map(accuracy.map((one) => [one.images, one]));
  return {
    columns: [
      'Images',
      'Draws',
      'Median (%)',
      '5th percentile (%)',
      'Least (%)',
      'Tensor of the least',
      ...(metric ? [`${metric} (%)`, 'Images evaluated'] : []),
    ],
    rows: sizes.map(({ images, draws, median, p5, least, leastTensor }) => [
      images,
      draws,
      median,
      p5,
      least,
      leastTensor,
      ...(metric ? [measured.get(images)?.value ?? null, measured.get(images)?.evaluated ?? null] : []),
    ]),
  };
}
