import type { Size } from '../data/geometry.ts';
import { bestClass } from './best-class.ts';
import type { Detection } from './box.ts';
import { asRows, unfit, type Output } from './output.ts';

export interface YoloHead {
  /** Of the model's input in pixels. */
  input: Size;
  /** Boxes are in 0…1 of the input, not in pixels. */
  normalized: boolean;
}

/**
 * YOLOv5 with its grid inside the model: [1, n, 5 + classes], a row is centre x, y, width, height, objectness, classes;
 * score = objectness · class (ultralytics/yolov5, "detect" head). One box a row, of its best class. Throws `model-mismatch`.
 */
export function decodeYolov5(output: Output, head: YoloHead, minScore: number): Detection[] {
  const { values } = output;
  const shape = asRows(output.dims);
  if (!shape || shape.columns < 6) throw unfit('yolov5', 'an output of [1, n, 5 + classes]', [output]);
  const { rows, columns } = shape;
  const found: Detection[] = [];
  for (let row = 0, at = 0; row < rows; row++, at += columns) {
    const objectness = values[at + 4] as number;
    if (!(objectness >= minScore)) continue;
    const best = bestClass(values, at + 5, columns - 5);
    const score = objectness * (values[at + 5 + best] as number);
    if (score >= minScore) found.push(centred(values, at, 1, head, best, score));
  }
  return found;
}

/**
 * YOLOv8 and later: [1, 4 + classes, n], centre x, y, width, height and the classes' probabilities; there is no objectness. The transposed form is known by
 * its longer side being the boxes. Throws `model-mismatch`.
 */
export function decodeYolov8(output: Output, head: YoloHead, minScore: number): Detection[] {
  const { values } = output;
  const shape = asRows(output.dims);
  const [fields, count] = shape ? [Math.min(shape.rows, shape.columns), Math.max(shape.rows, shape.columns)] : [0, 0];
  if (!shape || fields < 5) throw unfit('yolov8', 'an output of [1, 4 + classes, n] or [1, n, 4 + classes]', [output]);
  const transposed = shape.rows > shape.columns;
  const [step, next] = transposed ? [1, fields] : [count, 1];
  const found: Detection[] = [];
  for (let box = 0, at = 0; box < count; box++, at += next) {
    const best = bestClass(values, at + 4 * step, fields - 4, step);
    const score = values[at + (4 + best) * step] as number;
    if (score >= minScore) found.push(centred(values, at, step, head, best, score));
  }
  return found;
}

function centred(values: Float32Array, at: number, step: number, { input, normalized }: YoloHead, index: number, score: number): Detection {
  const [across, down] = normalized ? [input.width, input.height] : [1, 1];
  const width = (values[at + 2 * step] as number) * across;
  const height = (values[at + 3 * step] as number) * down;
  return { class: index, score, x: (values[at] as number) * across - width / 2, y: (values[at + step] as number) * down - height / 2, width, height };
}
