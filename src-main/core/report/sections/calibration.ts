import type { DoctorResult } from '../../../contract/evidence.ts';
import type { Block, Section } from '../document.ts';
import { lines } from '../svg/lines.ts';
import { number } from '../words.ts';

/** Whether the images that calibrated were enough. */
export function calibrationSection(doctor: DoctorResult): Section {
  const { sizes, verdict, subset, setters, outliers, mismatch, classes } = doctor;
  const summary = `Ranges of random subsets in percent of the range of all ${doctor.images} images: median over tensors and draws, and the 5th percentile.`;
  const chart: Block[] =
    sizes.length < 2
      ? []
      : [
          {
            kind: 'chart',
            id: 'calibration',
            title: 'Ranges by number of images',
            summary,
            svg: lines(
              [
                { name: '5th percentile', ink: 'float', points: sizes.map(({ images, p5 }) => ({ x: images, y: p5 })) },
                { name: 'median', ink: 'quantized', points: sizes.map(({ images, median }) => ({ x: images, y: median })) },
              ],
              { title: 'images', low: 0, high: Math.max(...sizes.map(({ images }) => images)) },
              { title: 'share of the full range, %', low: Math.min(...sizes.map(({ p5 }) => p5)), high: 100 },
              summary,
            ),
          },
        ];
  const facts: [string, string][] = [
    ['Images', `${doctor.images} of ${doctor.total} calibrate`],
    ['Classes', classes ? `${classes.present} of ${classes.known} are among them` : 'unknown: no labels'],
    ['Other images of the data set', mismatch?.message ?? 'there are none to compare with'],
    ['Enough would be', `${subset.images.length} images for ${number(subset.coverage)} % of every range`],
    ['Far from the rest', outliers.length === 0 ? 'none' : outliers.slice(0, 5).map(({ file }) => file).join(', ')], // prettier-ignore
  ];
  return {
    title: 'Calibration images',
    blocks: [
      { kind: 'text', text: verdict.message },
      ...chart,
      { kind: 'facts', facts },
      {
        kind: 'table',
        id: 'calibration-setters',
        title: 'Images that set ranges',
        columns: ['File', 'ends that it sets', 'greatest influence (%)'].map((title) => ({ title })),
        rows: setters.map(({ file, ends, shrink }) => [file, ends, shrink]),
        shown: 10,
      },
      {
        kind: 'table',
        id: 'calibration-tensors',
        title: 'Tensors by the influence of a single image',
        columns: ['Tensor', 'min', 'set by', 'without it', 'max', 'set by', 'without it', 'influence (%)'].map((title) => ({ title })),
        rows: doctor.tensors.toSorted((a, b) => b.influence - a.influence).map((one) => [one.tensor, one.min, one.minBy.file, one.minWithout, one.max, one.maxBy.file, one.maxWithout, one.influence]), // prettier-ignore
        shown: 10,
      },
    ],
  };
}
