import { areaOf, overlap, type Detection, type Truth } from '../detect/box.ts';

export interface Localisation {
  /** Objects that a detection of their class overlaps by at least one half. */
  found: number;
  /** Mean IoU of them with their detection, percent; null where none was found. */
  iou: number | null;
  /** Mean distance of the centres, pixels of the image. */
  offset: number | null;
}

export const FOUND_FROM = 0.5;

/**
 * Pairs of one image at IoU ≥ 0.5: the surest detection first takes the object of its class that it overlaps most among those not taken, as COCO's matching
 * does. Crowds and boxes without area are left out.
 */
export function pairUp<T extends Truth>(truth: readonly T[], detections: readonly Detection[]): { object: T; detection: Detection; iou: number }[] {
  const left = new Set(truth.filter((object) => !object.crowd && areaOf(object) > 0));
  const pairs: { object: T; detection: Detection; iou: number }[] = [];
  for (const detection of detections.toSorted((a, b) => b.score - a.score)) {
    let best: T | null = null;
    let reached = FOUND_FROM;
    for (const object of left) {
      if (object.class !== detection.class) continue;
      const iou = overlap(object, detection);
      if (iou < reached) continue;
      reached = iou;
      best = object;
    }
    if (!best) continue;
    left.delete(best);
    pairs.push({ object: best, detection, iou: reached });
  }
  return pairs;
}

/** How exactly found objects are placed, over all images. */
export function createLocalisationMeter(): { add(truth: readonly Truth[], detections: readonly Detection[]): void; finish(): Localisation } {
  let found = 0;
  let iou = 0;
  let offset = 0;
  return {
    add(truth, detections) {
      for (const { object, detection, iou: share } of pairUp(truth, detections)) {
        found += 1;
        iou += share;
        offset += Math.hypot(
          object.x + object.width / 2 - detection.x - detection.width / 2,
          object.y + object.height / 2 - detection.y - detection.height / 2,
        );
      }
    },
    finish: () => (found === 0 ? { found, iou: null, offset: null } : { found, iou: (100 * iou) / found, offset: offset / found }),
  };
}
