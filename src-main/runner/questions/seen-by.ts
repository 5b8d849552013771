import type { DataItem } from '../../contract/data.ts';
import type { ImageComparison } from '../../contract/evidence.ts';
import type { Task } from '../../contract/task.ts';
import { planGeometry, type Geometry, type Size } from '../../core/data/geometry.ts';
import { detect } from '../../core/detect/decode.ts';
import { pickOutput, type Output } from '../../core/detect/output.ts';
import { toImage } from '../../core/detect/to-image.ts';
import { areProbabilities, softmax } from '../../core/metrics/confidence.ts';
import { maskGrid, UNSEEN } from '../../core/metrics/mask-grid.ts';
import type { Mask } from '../images/mask.ts';
import type { JobData } from '../job-data.ts';
import { classesOf, lookup, mapLayout } from '../judges/segmentation.ts';
import { inputSize } from '../model-input.ts';
import { classCount } from '../stages/outputs.ts';

type Seen = ImageComparison['float'];
type ClassMap = NonNullable<Seen['mask']>;
type Joined = Pick<JobData, 'classes' | 'input'>;

const TOP = 5;
/** Weaker boxes are noise that nobody looks at. */
const LEAST_SCORE = 0.05;
const MOST_BOXES = 300;
/** Longer side of a class map. */
const MAP_SIDE = 256;
/** No class: not seen by the model, not counting, or not known. */
export const NO_CLASS = 255;

const NOTHING: Seen = { top: null, boxes: null, mask: null };

/** What two models say of one image, in the terms of the task in force. Outputs stand in the same order and under the same names. */
export function seenBy(task: Task, data: Joined, image: Size | null, float: readonly Output[], quantized: readonly Output[]): { float: Seen; quantized: Seen } {
  const each = (see: (outputs: readonly Output[]) => Partial<Seen>) => ({
    float: { ...NOTHING, ...see(float) },
    quantized: { ...NOTHING, ...see(quantized) },
  });
  switch (task.task) {
    case 'classification':
    case 'agreement': {
      const scores = pickOutput(float, task.output);
      if (classCount(scores.dims) === null) return each(() => ({}));
      // Decided once, by the float model: rounded probabilities are probabilities still.
      const probable = areProbabilities(scores.values);
      return each((outputs) => ({ top: topOf(pickOutput(outputs, task.output).values, probable, data) }));
    }
    case 'detection':
      return each((outputs) => ({ boxes: boxesOf(task, data, image, outputs) }));
    case 'segmentation':
      return each((outputs) => ({ mask: image && mapOf(task, data, image, outputs) }));
    case 'regression':
      return each(() => ({}));
  }
}

function topOf(values: Float32Array, probable: boolean, { classes, input }: Joined): NonNullable<Seen['top']> {
  const scores = probable ? values : softmax(values);
  const order = Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  return order.slice(0, TOP).map((index) => ({ class: index, name: classes[index - input.labelOffset] || null, score: scores[index] as number }));
}

type Detection = Extract<Task, { task: 'detection' }>;
type Segmentation = Extract<Task, { task: 'segmentation' }>;

function boxesOf(task: Detection, { classes, input }: Joined, image: Size | null, outputs: readonly Output[]): Seen['boxes'] {
  const size = inputSize(input);
  if (!image || !size || !input.preprocess) return null;
  const geometry = planGeometry(image, input.preprocess);
  return detect(outputs, { ...task, minScore: Math.max(task.minScore, LEAST_SCORE) }, size)
    .slice(0, MOST_BOXES)
    .map((box) => ({ ...toImage(box, geometry, image), name: classes[box.class - task.classOffset] || null }));
}

/** The labelled boxes, with the classes that the decoder has; null without labels. */
export function truthBoxes(task: Task, { classes }: Pick<JobData, 'classes'>, { boxes }: DataItem): Seen['boxes'] {
  if (task.task !== 'detection' || !boxes) return null;
  return boxes.map(({ x, y, width, height, class: label }) => ({
    ...{ x, y, width, height },
    class: label + task.classOffset,
    name: classes[label] || null,
    score: null,
  }));
}

function mapOf(task: Segmentation, { input }: Joined, image: Size, outputs: readonly Output[]): ClassMap | null {
  const output = pickOutput(outputs, task.output);
  const layout = mapLayout(output.dims, inputSize(input));
  if (!layout || !input.preprocess) return null;
  const classes = classesOf(output, layout);
  return sampled(smaller(image), image, planGeometry(image, input.preprocess), layout, (at) => classes[at] as number);
}

/** The mask of the data in the classes of the model. */
export function truthMask(task: Task, image: Size, mask: Mask): ClassMap | null {
  if (task.task !== 'segmentation') return null;
  const table = lookup(task, NO_CLASS);
  const whole: Geometry = { crop: null, resize: null, centerCrop: null, pad: null, size: image };
  return sampled(smaller(image), image, whole, mask, (at) => table[mask.values[at] as number] as number);
}

/** Pixel by nearest pixel. */
function sampled(size: Size, image: Size, geometry: Geometry, source: Size, classAt: (at: number) => number): ClassMap {
  const { columns, rows } = maskGrid(size, image, geometry, source);
  const classes = new Uint8Array(size.width * size.height);
  for (let y = 0, at = 0; y < size.height; y++) {
    const row = rows[y] as number;
    for (let x = 0; x < size.width; x++, at++) {
      const column = columns[x] as number;
      classes[at] = row === UNSEEN || column === UNSEEN ? NO_CLASS : Math.min(NO_CLASS, classAt(row * source.width + column));
    }
  }
  return { ...size, classes };
}

function smaller({ width, height }: Size): Size {
  const scale = Math.min(1, MAP_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
