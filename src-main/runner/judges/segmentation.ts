import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import type { Task } from '../../contract/task.ts';
import { planGeometry, type Geometry, type Size } from '../../core/data/geometry.ts';
import { formatShape } from '../../core/data/image-input.ts';
import { pickOutput, type Output } from '../../core/detect/output.ts';
import { maskGrid, UNSEEN } from '../../core/metrics/mask-grid.ts';
import { createSegmentationMeter, topClasses } from '../../core/metrics/segmentation.ts';
import type { JobData } from '../job-data.ts';
import { inputSize } from '../model-input.ts';
import type { Mask } from '../images/mask.ts';
import { note } from '../problems.ts';
import type { DamageList } from './damage.ts';
import { NO_SCORE, type Judge } from './judge.ts';

type SegmentationTask = Extract<Task, { task: 'segmentation' }>;

/** How an output holds a class for each pixel. */
export interface MapLayout extends Size {
  /** 1: the classes themselves; otherwise scores of so many classes. */
  classes: number;
  interleaved: boolean;
}

/** Beyond any class of an 8-bit mask. */
const IGNORED = 0xffff;
/** Where the output is a map of classes, only the mask's 8 bits limit them. */
const CLASSES_OF_MAPS = 256;

/** [1, C, H, W], [1, H, W, C], or a map of classes [1, H, W], [1, 1, H, W], [1, H, W, 1]; null for anything else. */
export function mapLayout(dims: readonly number[], input: Size | null): MapLayout | null {
  const [batch, a = 0, b = 0, c = 0] = dims;
  if (batch !== 1) return null;
  if (dims.length === 3) return isMap(a, b, input) ? { classes: 1, interleaved: false, width: b, height: a } : null;
  if (dims.length !== 4) return null;
  const planes = { classes: a, interleaved: false, width: c, height: b };
  const pixels = { classes: c, interleaved: true, width: b, height: a };
  // Classes are fewer than rows and columns.
  const layout = a <= c ? planes : pixels;
  return layout.classes > 0 && isMap(layout.height, layout.width, input) ? layout : null;
}

/** Scores of classes have one row; a map has the proportions of the input, within one pixel. */
function isMap(height: number, width: number, input: Size | null): boolean {
  if (height < 2 || width < 2) return false;
  return input === null || Math.abs((width / input.width) * input.height - height) <= Math.max(1, height / width) + 1e-9;
}

/** Classes of pixels against masks, at each mask's own size. Throws `model-mismatch` and `data-class-out-of-range`. */
export function judgeSegmentation(data: JobData, task: SegmentationTask, first: readonly (readonly Output[])[], damage: DamageList): Judge {
  const judged = first.map((outputs) => pickOutput(outputs, task.output));
  const layouts = judged.map(({ name, dims }) => {
    const layout = mapLayout(dims, inputSize(data.input));
    if (layout) return layout;
    throw new CalibrantError('model-mismatch', `Output "${name}" ${formatShape(dims)} is no map of classes ([1, C, H, W], [1, H, W, C] or [1, H, W]), as segmentation needs; choose another output or task.`); // prettier-ignore
  });
  const [layout = { classes: 1, interleaved: false, width: 1, height: 1 }] = layouts;
  const classes = layout.classes === 1 ? CLASSES_OF_MAPS : layout.classes;
  const names = task.classes ?? data.classes;
  const table = lookup(task, classes);
  const meters = first.map(() => createSegmentationMeter({ classes, ignore: IGNORED, names }));
  let masked = 0;
  let resized = 0;
  let unseen = 0;

  return {
    task: 'segmentation',
    reads: [(judged[0] as Output).name],
    add(sample, outputs) {
      const maps = outputs.map((each) => classesOf(pickOutput(each, task.output), layout));
      const [mine, theirs] = maps as [Uint16Array, Uint16Array?];
      if (theirs) {
        const share = changedShare(mine, theirs);
        damage.add(sample, share, share === 0 ? 'same' : 'changed', () => `${(100 * share).toPrecision(3)} % of the pixels got another class than by float`);
      }
      const { mask, image } = sample;
      const { preprocess } = data.input;
      if (!mask || !image || !preprocess) return;
      masked += 1;
      if (mask.width !== image.width || mask.height !== image.height) resized += 1;
      const truth = Uint16Array.from(mask.values, (value) => table[value] as number);
      const bad = mask.values.find((_, i) => truth[i] === UNKNOWN);
      if (bad !== undefined) throw unknownClass(sample.item.mask ?? sample.item.file, bad, classes, task);
      const answers = atMask(maps, mask, truth, image, planGeometry(image, preprocess), layout);
      unseen += answers.unseen;
      answers.maps.forEach((answer, i) => meters[i]?.add(answer, truth));
    },
    finish() {
      const results = meters.map((meter) => meter.finish());
      const scores = results.map(
        ({ pixels, miou, accuracy, perClass }) =>
        masked === 0 ? { ...NO_SCORE, segmentation: null } : { ...NO_SCORE, labelled: true, segmentation: { images: masked, pixels, miou, accuracy, perClass } }, // prettier-ignore
      );
      const [mine, theirs] = results;
      return {
        scores,
        headline: { metric: 'mIoU', unit: '%', higher: true, value: mine?.miou ?? null, float: theirs?.miou ?? null },
        agreement: null,
        problems: problemsOf({ resized, masked, unseen, absent: layout.classes === 1 ? 0 : classes - (mine?.perClass.filter(({ pixels }) => pixels > 0).length ?? 0), classes }), // prettier-ignore
      };
    },
  };
}

/** No value of the mask means this. */
const UNKNOWN = 0xfffe;

/** Mask value → class of the model; above all classes where it does not count, or nobody knows what it means. */
export function lookup({ mapping, ignore, otherwise }: SegmentationTask, classes: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, value) => {
    if (ignore.includes(value)) return IGNORED;
    const mapped = mapping ? (mapping[value] ?? otherwise) : value < classes ? value : otherwise;
    return mapped === undefined || mapped >= classes ? UNKNOWN : mapped;
  });
}

function unknownClass(file: string, value: number, classes: number, { mapping }: SegmentationTask): CalibrantError {
  const why = mapping ? 'the task\'s "mapping" does not lead it to a class' : `there is no class ${value}`;
  return new CalibrantError(
    'data-class-out-of-range',
    `${file} has pixels of the value ${value}, and ${why} (the model has ${classes}, 0 to ${classes - 1}); add it to "mapping" or "ignore" of the task, or give "otherwise".`,
    { file, value, classes },
  );
}

/** The class of each pixel of an output. Throws `model-mismatch` where the values are no classes. */
export function classesOf({ values, name }: Output, { classes, interleaved }: MapLayout): Uint16Array {
  if (classes > 1) return topClasses(values, classes, interleaved);
  const odd = values.find((value) => !Number.isInteger(value) || value < 0 || value >= CLASSES_OF_MAPS);
  if (odd === undefined) return Uint16Array.from(values);
  throw new CalibrantError('model-mismatch', `Output "${name}" has one channel, and its values are no classes (there is ${odd}); segmentation needs a score for each class or a map of classes.`); // prettier-ignore
}

function changedShare(a: Uint16Array, b: Uint16Array): number {
  let changed = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) changed += 1;
  return changed / Math.max(1, a.length);
}

/** Each answer at the mask's pixels; pixels that the model did not see become ignored in `truth`. */
function atMask(
  maps: readonly Uint16Array[],
  mask: Mask,
  truth: Uint16Array,
  image: Size,
  geometry: Geometry,
  layout: MapLayout,
): { maps: Uint16Array[]; unseen: number } {
  const { columns, rows } = maskGrid(mask, image, geometry, layout);
  const answers = maps.map(() => new Uint16Array(mask.width * mask.height));
  let unseen = 0;
  for (let y = 0, at = 0; y < mask.height; y++) {
    const row = rows[y] as number;
    for (let x = 0; x < mask.width; x++, at++) {
      const column = columns[x] as number;
      if (row === UNSEEN || column === UNSEEN) {
        truth[at] = IGNORED;
        unseen += 1;
        continue;
      }
      for (let i = 0; i < maps.length; i++) (answers[i] as Uint16Array)[at] = (maps[i] as Uint16Array)[row * layout.width + column] as number;
    }
  }
  return { maps: answers, unseen };
}

function problemsOf(counts: { resized: number; masked: number; unseen: number; absent: number; classes: number }): Problem[] {
  const { resized, masked, unseen, absent, classes } = counts;
  const problems: Problem[] = [];
  if (resized > 0) problems.push(note('mask-size', `${resized} of ${masked} masks are not of the size of their images; each is compared at its own size, pixel by nearest pixel.`)); // prettier-ignore
  if (unseen > 0) problems.push(note('mask-cropped', `${unseen} pixels of the masks lie outside what the preprocessing leaves of the images; they do not count.`)); // prettier-ignore
  if (absent > 0 && masked > 0) problems.push(note('data-classes-absent', `${absent} of the model's ${classes} classes occur in none of the ${masked} masks, so nothing is known of them.`)); // prettier-ignore
  return problems;
}
