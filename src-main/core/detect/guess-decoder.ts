import type { Decoder } from '../../contract/task.ts';
import * as v from 'valibot';
import { DecoderSchema } from '../../contract/task.ts';
import type { Size } from '../data/geometry.ts';
import { asRows, type Output } from './output.ts';
import { cellsOf } from './yolox.ts';

type Shape = Pick<Output, 'name' | 'dims'>;

/** Those of the common detectors. */
const STRIDES = [8, 16, 32];
/** YOLOv5 has three anchors in each cell. */
const ANCHORS_PER_CELL = 3;

/**
 * The decoder that the shapes of the outputs fit, when it is exactly one; otherwise null. Shapes do not say everything: boxes in pixels or in 0…1 and
 * whether class 0 is the background are the usual ones of each kind.
 * @param classes how many the labels know; 0 when that is not known
 */
export function guessDecoder(outputs: readonly Shape[], input: Size, classes: number): Decoder | null {
  const fitting = outputs.length >= 3 ? afterSuppression(outputs) : outputs.length === 2 ? twoOutputs(outputs, classes) : outputs.flatMap((output) => oneOutput(output, input, classes)); // prettier-ignore
  return fitting.length === 1 ? v.parse(DecoderSchema, fitting[0]) : null;
}

type Guess = v.InferInput<typeof DecoderSchema>;

function oneOutput({ name, dims }: Shape, input: Size, classes: number): Guess[] {
  const shape = asRows(dims);
  if (!shape) return [];
  const cells = cellsOf(input, STRIDES);
  const { rows, columns } = shape;
  if (columns === cells && rows > 4) return [{ kind: 'yolov8', output: name }];
  if (rows === cells * ANCHORS_PER_CELL && columns > 5) return [{ kind: 'yolov5', output: name }];
  if (rows !== cells || columns < 5) return [];
  // Both have a row for each cell; only the number of classes tells whether there is an objectness.
  if (classes > 0 && columns === 4 + classes) return [{ kind: 'yolov8', output: name }];
  return columns > 5 ? [{ kind: 'yolox', output: name }] : [];
}

function twoOutputs(outputs: readonly Shape[], classes: number): Guess[] {
  return [0, 1].flatMap((first): Guess[] => {
    const [boxes, scores] = [outputs[first], outputs[1 - first]] as [Shape, Shape];
    const [box, score] = [asRows(boxes.dims), asRows(scores.dims)];
    const fits = box?.columns === 4 && score?.rows === box.rows && (score.columns !== 4 || /box|loc/i.test(boxes.name));
    if (!fits) return [];
    return [{ kind: 'ssd', boxes: boxes.name, scores: scores.name, background: score.columns > 1 && score.columns !== classes }];
  });
}

/** Classes and scores have the same shape, so only names tell them apart. */
function afterSuppression(outputs: readonly Shape[]): Guess[] {
  const boxes = outputs.filter(({ dims }) => asRows(dims)?.columns === 4 && dims.length === 3);
  const n = boxes[0]?.dims.at(1);
  const lists = outputs.filter(({ dims }) => dims.length === 2 && dims[0] === 1 && dims[1] === n);
  const scores = lists.filter(({ name }) => /score|conf/i.test(name));
  const labels = lists.filter(({ name }) => /class|label/i.test(name) && !/score|conf/i.test(name));
  const counts = outputs.filter(({ dims }) => dims.length === 1 && dims[0] === 1);
  const [box, score, label, count] = [boxes[0], scores[0], labels[0], counts[0]];
  if (boxes.length !== 1 || scores.length !== 1 || labels.length !== 1 || !box || !score || !label) return [];
  return [{ kind: 'detections', boxes: box.name, scores: score.name, classes: label.name, ...(count ? { count: count.name } : {}) }];
}
