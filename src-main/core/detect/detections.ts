import type { Decoder } from '../../contract/task.ts';
import type { Size } from '../data/geometry.ts';
import type { Detection } from './box.ts';
import { asRows, unfit, type Output } from './output.ts';

export interface DetectionOutputs {
  boxes: Output;
  classes: Output;
  scores: Output;
  /** How many of the rows are detections; all of them without it. */
  count: Output | null;
}

/**
 * What a model that suppresses by itself gives: boxes [1, n, 4], classes [1, n], scores [1, n] (TensorFlow's detection models, TFLite_Detection_PostProcess).
 * In pixels of the model's input. Throws `model-mismatch`.
 */
export function decodeDetections(outputs: DetectionOutputs, spec: Extract<Decoder, { kind: 'detections' }>, input: Size, minScore: number): Detection[] {
  const { boxes, classes, scores, count } = outputs;
  const shape = asRows(boxes.dims);
  if (!shape || shape.columns !== 4 || classes.values.length !== shape.rows || scores.values.length !== shape.rows || count?.values.length === 0) {
    throw unfit('detections', 'boxes of [1, n, 4], classes and scores of [1, n] each', [boxes, classes, scores, ...(count ? [count] : [])]);
  }
  const [across, down] = spec.normalized ? [input.width, input.height] : [1, 1];
  const [left, top, right, bottom] = spec.order === 'xyxy' ? [0, 1, 2, 3] : [1, 0, 3, 2];
  const at = (row: number, column: number): number => boxes.values[4 * row + column] as number;
  const found: Detection[] = [];
  for (let i = 0; i < Math.min(shape.rows, count?.values[0] ?? Infinity); i++) {
    const score = scores.values[i] as number;
    if (!(score >= minScore)) continue;
    const [x1, y1] = [at(i, left) * across, at(i, top) * down];
    found.push({ class: classes.values[i] as number, score, x: x1, y: y1, width: at(i, right) * across - x1, height: at(i, bottom) * down - y1 });
  }
  return found;
}
