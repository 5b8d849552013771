import type { ChartTable } from '../../charts/csv.ts';
import type { DoctorResult } from '../../../src-main/contract/evidence.ts';

/** One image that calibrates, with all that was said of it. */
export interface CalibrationImage {
  position: number;
  file: string;
  /** Ends of ranges that it alone sets, and the greatest shrinking of any range without it, percent. */
  ends: number;
  shrink: number;
  /** Robust distance and the tensor that stands out most; null: it is like the rest. */
  distance: number | null;
  tensor: string | null;
  /** Percent of its input at black and at white; null: no more than usual. */
  low: number | null;
  high: number | null;
  /** Whether the smallest covering subset has it. */
  covers: boolean;
}

export const IMAGE_KINDS = ['all', 'setting', 'odd', 'saturated', 'subset'] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];

/** Every image of which there is something to say, those that set most ends first. */
export function calibrationImages({ setters, outliers, saturated, subset }: DoctorResult): CalibrationImage[] {
  const images = new Map<number, CalibrationImage>();
  const note = ({ position, file }: { position: number; file: string }, more: Partial<CalibrationImage>): void => {
    const none = { position, file, ends: 0, shrink: 0, distance: null, tensor: null, low: null, high: null, covers: false };
    images.set(position, { ...none, ...images.get(position), ...more });
  };
  for (const one of setters) note(one, { ends: one.ends, shrink: one.shrink });
  for (const one of outliers) note(one, { distance: one.distance, tensor: one.tensor });
  for (const one of saturated) note(one, { low: one.low, high: one.high });
  for (const one of subset.images) note(one, { covers: true });
  return [...images.values()];
}

export function isOfKind(image: CalibrationImage, kind: ImageKind): boolean {
  switch (kind) {
    case 'all':
      return true;
    case 'setting':
      return image.ends > 0;
    case 'odd':
      return image.distance !== null;
    case 'saturated':
      return image.low !== null;
    case 'subset':
      return image.covers;
  }
}

export function imagesTable(images: readonly CalibrationImage[]): ChartTable {
  return {
    columns: [
      'File',
      'Ends set',
      'Shrinks a range by up to (%)',
      'Distance (deviations)',
      'Stands out in',
      'At black (%)',
      'At white (%)',
      'In the covering subset',
    ],
    rows: images.map(({ file, ends, shrink, distance, tensor, low, high, covers }) => [file, ends, shrink, distance, tensor, low, high, covers]),
  };
}

export function influenceTable(tensors: DoctorResult['tensors']): ChartTable {
  return {
    columns: ['Tensor', 'Min', 'Set by', 'Min without it', 'Max', 'Set by', 'Max without it', 'Influence (%)'],
    rows: tensors.map((one) => [one.tensor, one.min, one.minBy.file, one.minWithout, one.max, one.maxBy.file, one.maxWithout, one.influence]),
  };
}
