import type { Looks } from './looks.ts';
import { median, quantile } from './order-statistics.ts';

/**
 * A modified z-score above 3.5 marks an outlier: Iglewicz and Hoaglin, "How to Detect and Handle Outliers", ASQC Quality Press, 1993.
 * Their 0.6745 / MAD is 1 / (1.4826 · MAD): the median absolute deviation made comparable to a standard deviation of normal values.
 */
export const OUTLIER_DISTANCE = 3.5;
const MAD_TO_DEVIATION = 1.4826;
/** The middle four fifths of normal values are 2 · 1.2816 deviations wide. */
const FOUR_FIFTHS_IN_DEVIATIONS = 2.5631;
/** Below this many images nobody can say what the rest is like. */
const FEWEST_IMAGES = 8;
/** So many of an image's features lie nearer than its distance: one odd tensor does not make an outlier. */
const SHARE = 0.9;

export interface Outlier {
  image: number;
  /** In deviations. */
  distance: number;
  /** That stands out most. */
  tensor: string;
}

/**
 * Images far from the rest: each minimum, maximum and mean of each tensor, measured from its median over the images in robust deviations; the distance of
 * an image is the 90th percentile of its features. A feature that nearly all images share exactly (the zero of a ReLU) tells nothing and is left out.
 * @returns those beyond `OUTLIER_DISTANCE`, farthest first
 */
export function outliersOf({ tensors, images, min, max, mean }: Looks): Outlier[] {
  if (images < FEWEST_IMAGES) return [];
  const features: { tensor: string; scores: Float64Array }[] = [];
  for (const values of [min, max, mean]) {
    for (const [at, tensor] of tensors.entries()) {
      const scores = scoresOf(Float64Array.from({ length: images }, (_, image) => values[image * tensors.length + at] as number));
      if (scores) features.push({ tensor, scores });
    }
  }
  const distances = Array.from({ length: images }, (_, image): Outlier => {
    const scores = Float64Array.from(features, (feature) => feature.scores[image] as number);
    const farthest = scores.reduce((best, score, i) => (score > (scores[best] as number) ? i : best), 0);
    return { image, tensor: features[farthest]?.tensor ?? '', distance: features.length === 0 ? 0 : quantile(scores.sort(), SHARE) };
  });
  return distances.filter(({ distance }) => distance > OUTLIER_DISTANCE).sort((a, b) => b.distance - a.distance || a.image - b.image);
}

/**
 * |x − median| in robust deviations; null where there are none. What more than a tenth of the images have in common is no exception: a fifth of ImageNet's
 * images excites MobileNetV2's residuals ten times as much as the others do, and the median deviation alone called all of those odd.
 */
function scoresOf(values: Float64Array): Float64Array | null {
  const sorted = values.slice().sort();
  const middle = median(sorted);
  const deviations = values.map((value) => Math.abs(value - middle));
  const unit = Math.max(MAD_TO_DEVIATION * median(deviations.slice().sort()), (quantile(sorted, 0.9) - quantile(sorted, 0.1)) / FOUR_FIFTHS_IN_DEVIATIONS);
  return unit > 0 ? deviations.map((deviation) => deviation / unit) : null;
}
