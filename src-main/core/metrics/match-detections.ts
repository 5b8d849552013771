import { areaOf, intersection, overlap, type Box, type Detection, type Truth } from '../detect/box.ts';

// Rounded as numpy.linspace does, because an overlap may meet a threshold exactly.
export const IOU_THRESHOLDS: readonly number[] = [...Array.from({ length: 9 }, (_, i) => 0.5 + i * ((0.95 - 0.5) / 9)), 0.95];

/** One image and class: each detection as hit, miss or of no account, at each IoU. */
export interface Matches {
  /** Surest first. */
  scores: Float64Array;
  /** By IoU threshold and detection: HIT, MISS or IGNORED. */
  outcome: Uint8Array;
  /** Objects that are to be found. */
  objects: number;
}

export const MISS = 0;
export const HIT = 1;
export const IGNORED = 2;

/** A perfect overlap still has to count at an IoU of 1 when its quotient is a rounding error below. */
const ALMOST_ONE = 1 - 1e-10;

/**
 * Gives every detection, surest first, the object that it overlaps most among those not taken yet; objects to be found come before ignored ones.
 * Ignored are crowds and those that `ignoresObject` names; a detection that met an ignored object, or none while `ignoresDetection` names it, counts neither way.
 * @param detections surest first
 */
export function matchDetections(
  truth: readonly Truth[],
  detections: readonly Detection[],
  ignoresObject: (one: Truth) => boolean,
  ignoresDetection: (one: Detection) => boolean,
): Matches {
  const ignored = (one: Truth): boolean => one.crowd === true || ignoresObject(one);
  const toFind = truth.filter((one) => !ignored(one));
  const objects = [...toFind, ...truth.filter(ignored)];
  const wanted = toFind.length;
  const overlaps = detections.map((detection) => objects.map((object) => overlapWith(detection, object)));

  const outcome = new Uint8Array(IOU_THRESHOLDS.length * detections.length);
  IOU_THRESHOLDS.forEach((threshold, t) => {
    const taken = new Uint8Array(objects.length);
    detections.forEach((detection, d) => {
      let best = -1;
      let reached = Math.min(threshold, ALMOST_ONE);
      for (let o = 0; o < objects.length; o++) {
        if (taken[o] && !objects[o]?.crowd) continue;
        // An object to be found was met: ignored ones come behind and are no better.
        if (best >= 0 && best < wanted && o >= wanted) break;
        const share = overlaps[d]?.[o] as number;
        // Of equal overlaps the last wins, as in pycocotools.
        if (share < reached) continue;
        reached = share;
        best = o;
      }
      if (best >= 0) taken[best] = 1;
      const counts = best >= 0 ? best < wanted : !ignoresDetection(detection);
      outcome[t * detections.length + d] = !counts ? IGNORED : best >= 0 ? HIT : MISS;
    });
  });
  return { scores: Float64Array.from(detections, ({ score }) => score), outcome, objects: wanted };
}

/** Of a crowd, the share of the detection that lies inside. */
function overlapWith(detection: Box, object: Truth): number {
  if (!object.crowd) return overlap(detection, object);
  const shared = intersection(detection, object);
  return shared === 0 ? 0 : shared / areaOf(detection);
}
