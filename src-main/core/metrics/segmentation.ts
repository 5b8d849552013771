import { bestClass } from '../detect/best-class.ts';

/** Percent of the pixels that count. */
export interface SegmentationClassScore {
  class: number;
  name: string | null;
  /** In whose truth it occurs. */
  images: number;
  /** Pixels that are of this class. */
  pixels: number;
  /** Intersection over union. */
  iou: number;
}

export interface SegmentationResult {
  images: number;
  /** Pixels that counted, without ignored ones. */
  pixels: number;
  /** Mean IoU of the classes that occur in the truth or in an answer; null without any pixel. */
  miou: number | null;
  /** Percent of the pixels that got their class. */
  accuracy: number | null;
  /** Of the same classes, by index. */
  perClass: SegmentationClassScore[];
}

export interface SegmentationMeter {
  /**
   * One image; both lists pixel by pixel in the same order. Classes beyond the last one throw a RangeError, also in `truth` where they are not ignored.
   */
  add(predicted: ArrayLike<number>, truth: ArrayLike<number>): void;
  finish(): SegmentationResult;
}

/** Intersection over union from one confusion matrix over all images (not a mean of images), as PASCAL VOC has it. */
export function createSegmentationMeter(options: { classes: number; ignore?: number; names?: readonly string[] }): SegmentationMeter {
  const { classes, ignore, names = [] } = options;
  /** Row: truth, column: answer. */
  const confusion = new Float64Array(classes * classes);
  const occurs = new Float64Array(classes);
  let images = 0;
  return {
    add(predicted, truth) {
      if (predicted.length !== truth.length) throw new RangeError(`${predicted.length} predicted pixels against ${truth.length} true ones`);
      images++;
      const seen = new Uint8Array(classes);
      for (let i = 0; i < truth.length; i++) {
        const is = truth[i] as number;
        if (is === ignore) continue;
        const said = predicted[i] as number;
        if (!(is < classes) || !(said < classes)) throw new RangeError(`Class ${is < classes ? said : is} of ${classes}`);
        confusion[is * classes + said] = (confusion[is * classes + said] as number) + 1;
        seen[is] = 1;
      }
      for (let c = 0; c < classes; c++) occurs[c] = (occurs[c] as number) + (seen[c] as number);
    },
    finish() {
      const perClass: SegmentationClassScore[] = [];
      let pixels = 0;
      let right = 0;
      for (let c = 0; c < classes; c++) {
        let is = 0;
        let said = 0;
        for (let other = 0; other < classes; other++) {
          is += confusion[c * classes + other] as number;
          said += confusion[other * classes + c] as number;
        }
        const both = confusion[c * classes + c] as number;
        pixels += is;
        right += both;
        if (is + said > 0) perClass.push({ class: c, name: names[c] ?? null, images: occurs[c] as number, pixels: is, iou: (100 * both) / (is + said - both) });
      }
      return {
        images,
        pixels,
        miou: perClass.length === 0 ? null : perClass.reduce((sum, { iou }) => sum + iou, 0) / perClass.length,
        accuracy: pixels === 0 ? null : (100 * right) / pixels,
        perClass,
      };
    },
  };
}

/**
 * The class with the highest score of each pixel (the lowest of equal ones).
 * @param scores class by class, [classes, pixels]; with `interleaved` pixel by pixel, [pixels, classes]
 */
export function topClasses(scores: Float32Array, classes: number, interleaved = false): Uint16Array {
  const pixels = scores.length / classes;
  const top = new Uint16Array(pixels);
  if (interleaved) {
    for (let i = 0; i < pixels; i++) top[i] = bestClass(scores, i * classes, classes);
    return top;
  }
  const best = scores.slice(0, pixels);
  for (let c = 1; c < classes; c++) {
    for (let i = 0, at = c * pixels; i < pixels; i++, at++) {
      const score = scores[at] as number;
      if (!(score > (best[i] as number))) continue;
      best[i] = score;
      top[i] = c;
    }
  }
  return top;
}
