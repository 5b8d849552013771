import { HIT, IGNORED, IOU_THRESHOLDS, type Matches } from './match-detections.ts';

// Rounded as numpy.linspace does: a recall of 29/100 has to meet the grid's 0.29 exactly, or a step of the curve is lost.
const RECALLS: readonly number[] = Array.from({ length: 101 }, (_, i) => i * 0.01);

/** Of one class. Both by IoU threshold, 0…1; without meaning where there are no objects. */
export interface Curve {
  objects: number;
  /** Mean over the recalls 0, 0.01 … 1 of the best precision at that recall or above; 0 beyond the highest recall reached. */
  precision: number[];
  /** Reached with all detections. */
  recall: number[];
}

/** The curve of one class over all images. Of equally sure detections, those of the first image come first. */
export function averagePrecision(images: readonly Matches[]): Curve {
  const objects = images.reduce((sum, image) => sum + image.objects, 0);
  const scores = images.flatMap((image) => [...image.scores]);
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);

  const precision: number[] = [];
  const recall: number[] = [];
  IOU_THRESHOLDS.forEach((_, t) => {
    const outcomes = images.flatMap(({ outcome, scores: { length } }) => [...outcome.subarray(t * length, (t + 1) * length)]);
    let hits = 0;
    let counted = 0;
    const recalls: number[] = [];
    const precisions: number[] = [];
    for (const i of order) {
      if (outcomes[i] === IGNORED) continue;
      counted += 1;
      if (outcomes[i] === HIT) hits += 1;
      recalls.push(hits / objects);
      precisions.push(hits / counted);
    }
    recall.push(recalls.at(-1) ?? 0);
    precision.push(interpolate(recalls, precisions));
  });
  return { objects, precision, recall };
}

/** Mean of the curve over the recall grid, each point with the highest precision to its right. */
function interpolate(recalls: readonly number[], precisions: number[]): number {
  for (let i = precisions.length - 1; i > 0; i--) precisions[i - 1] = Math.max(precisions[i - 1] as number, precisions[i] as number);
  let sum = 0;
  let at = 0;
  for (const wanted of RECALLS) {
    while (at < recalls.length && (recalls[at] as number) < wanted) at += 1;
    sum += precisions[at] ?? 0;
  }
  return sum / RECALLS.length;
}
