import { CalibrantError } from '../../contract/errors.ts';
import type { ClassScore } from '../../contract/results.ts';

export interface ClassificationResult {
  images: number;
  labelled: boolean;
  /** Percent of the labelled images; null without labels. */
  top1: number | null;
  /** Also null where there are fewer than 6 classes: then five guesses say nothing. */
  top5: number | null;
  /** Accuracy of guessing: 100 / classes; null without labels. */
  chance: number | null;
  /** Of the classes that have images, by index in the output. */
  perClass: ClassScore[];
}

export interface ClassificationMeter {
  /**
   * One image. Returns the class with the highest score; of equal scores the lowest index wins.
   * @param scores one value per class, as the model gives them
   * @param label class before `labelOffset`; null without a label
   * @throws CalibrantError `data-class-out-of-range`
   */
  add(scores: Float32Array, label: number | null): number;
  finish(): ClassificationResult;
}

/** Accuracy of one model. `names` are by label, that is, before `labelOffset`. */
export function createClassificationMeter(options: { classes: number; labelOffset: number; names?: readonly string[] }): ClassificationMeter {
  const { classes, labelOffset, names = [] } = options;
  const seen = new Float64Array(classes);
  const right = new Float64Array(classes);
  let images = 0;
  let labelled = 0;
  let inFive = 0;
  return {
    add(scores, label) {
      const best = topClass(scores);
      images++;
      if (label === null) return best;
      const target = label + labelOffset;
      if (!Number.isInteger(target) || target < 0 || target >= classes) throw outOfRange(label, labelOffset, classes);
      labelled++;
      seen[target] = (seen[target] as number) + 1;
      if (best === target) right[target] = (right[target] as number) + 1;
      if (rankOf(scores, target) < 5) inFive++;
      return best;
    },
    finish() {
      const sum = (list: Float64Array): number => list.reduce((a, b) => a + b, 0);
      const percent = (part: number): number | null => (labelled === 0 ? null : (100 * part) / labelled);
      const perClass: ClassScore[] = [];
      seen.forEach((count, index) => {
        if (count === 0) return;
        perClass.push({ class: index, name: names[index - labelOffset] ?? null, images: count, top1: (100 * (right[index] as number)) / count });
      });
      return {
        images,
        labelled: labelled > 0,
        top1: percent(sum(right)),
        top5: classes < 6 ? null : percent(inFive),
        chance: labelled > 0 ? 100 / classes : null,
        perClass,
      };
    },
  };
}

/** Percent of images on which two models give the same class; null before any image. */
export function createAgreementMeter(): { add(one: number, other: number): void; finish(): number | null } {
  let images = 0;
  let same = 0;
  return {
    add(one, other) {
      images++;
      if (one === other) same++;
    },
    finish: () => (images === 0 ? null : (100 * same) / images),
  };
}

/** Index of the highest score, the lowest of equal ones. NaN never wins. */
export function topClass(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score > (scores[best] as number) || Number.isNaN(scores[best])) best = i;
  }
  return best;
}

/** How many classes come before `target`: those with a higher score, and of equal ones those with a lower index. */
function rankOf(scores: Float32Array, target: number): number {
  const own = scores[target] as number;
  if (Number.isNaN(own)) return scores.length;
  let rank = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score > own || (score === own && i < target)) rank++;
  }
  return rank;
}

function outOfRange(label: number, labelOffset: number, classes: number): CalibrantError {
  const shifted = labelOffset === 0 ? '' : ` (with labelOffset ${labelOffset}: ${label + labelOffset})`;
  return new CalibrantError(
    'data-class-out-of-range',
    `The label ${label}${shifted} is outside the model's ${classes} classes (0 to ${classes - 1}); correct the labels, or set labelOffset in the preprocessing.`,
    { label, labelOffset, classes },
  );
}
