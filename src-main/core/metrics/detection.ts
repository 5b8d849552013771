import { areaOf, type Detection, type Truth } from '../detect/box.ts';
import { averagePrecision, type Curve } from './average-precision.ts';
import { IOU_THRESHOLDS, matchDetections, type Matches } from './match-detections.ts';

/** Percent; null where there is nothing to find. */
export interface DetectionScore {
  /** Mean of the average precisions at IoU 0.50, 0.55 … 0.95. */
  ap: number | null;
  ap50: number | null;
  ap75: number | null;
  /** Average recall over the same IoUs. */
  recall: number | null;
}

export interface DetectionClassScore extends DetectionScore {
  class: number;
  name: string | null;
  /** Without crowds. */
  objects: number;
}

export interface DetectionResult extends DetectionScore {
  images: number;
  objects: number;
  /** `ap` by the size of the object: below 32² pixels, up to 96², above. */
  bySize: { small: number | null; medium: number | null; large: number | null };
  /** Of the classes that have objects, by index. The overall figures are the means over these. */
  perClass: DetectionClassScore[];
}

export interface DetectionMeter {
  /** One image. Of each class, the `MAX_DETECTIONS` surest detections count. */
  add(truth: readonly Truth[], detections: readonly Detection[]): void;
  finish(): DetectionResult;
}

/** Of one class in one image. */
export const MAX_DETECTIONS = 100;

/** Object areas in pixels², both ends included, as COCO's evaluation has them. */
const SIZES = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const;
type SizeName = keyof typeof SIZES;
const SIZE_NAMES = Object.keys(SIZES) as SizeName[];

type ClassMatches = Record<SizeName, Matches[]>;

/**
 * COCO's average precision of boxes ("Detection evaluation", cocodataset.org; numbers as pycocotools 2.0 gives them). Memory grows with the
 * detections: about 80 bytes each.
 */
export function createDetectionMeter(names: readonly string[] = []): DetectionMeter {
  const byClass = new Map<number, ClassMatches>();
  let images = 0;

  return {
    add(truth, detections) {
      images++;
      const classes = new Set([...truth, ...detections].map((one) => one.class));
      for (const index of classes) {
        let matches = byClass.get(index);
        if (!matches) byClass.set(index, (matches = { all: [], small: [], medium: [], large: [] }));
        const objects = truth.filter((one) => one.class === index);
        const found = detections
          .filter((one) => one.class === index)
          .sort((a, b) => b.score - a.score)
          .slice(0, MAX_DETECTIONS);
        for (const size of SIZE_NAMES) {
          const [least, most] = SIZES[size];
          const outside = (area: number): boolean => area < least || area > most;
          matches[size].push(matchDetections(objects, found, (one) => outside(one.area ?? areaOf(one)), (one) => outside(areaOf(one)))); // prettier-ignore
        }
      }
    },
    finish() {
      const classes = [...byClass].sort(([a], [b]) => a - b);
      const curves = (size: SizeName) => classes.map(([index, matches]) => ({ index, curve: averagePrecision(matches[size]) }));
      const all = curves('all').filter(({ curve }) => curve.objects > 0);
      const apOf = (size: SizeName): number | null => mean(curves(size).map(({ curve }) => scoreOf(curve).ap));
      const perClass = all.map(({ index, curve }) => ({ class: index, name: names[index] ?? null, objects: curve.objects, ...scoreOf(curve) }));
      return {
        images,
        objects: perClass.reduce((sum, { objects }) => sum + objects, 0),
        ap: mean(perClass.map(({ ap }) => ap)),
        ap50: mean(perClass.map(({ ap50 }) => ap50)),
        ap75: mean(perClass.map(({ ap75 }) => ap75)),
        recall: mean(perClass.map(({ recall }) => recall)),
        bySize: { small: apOf('small'), medium: apOf('medium'), large: apOf('large') },
        perClass,
      };
    },
  };
}

function scoreOf({ objects, precision, recall }: Curve): DetectionScore {
  if (objects === 0) return { ap: null, ap50: null, ap75: null, recall: null };
  const at = (threshold: number): number => 100 * (precision[threshold] as number);
  return { ap: percent(precision), ap50: at(0), ap75: at(IOU_THRESHOLDS.findIndex((iou) => Math.abs(iou - 0.75) < 1e-9)), recall: percent(recall) };
}

function percent(shares: readonly number[]): number {
  return (100 * shares.reduce((a, b) => a + b, 0)) / shares.length;
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}
