import type { DataItem } from '../../contract/data.ts';
import type { ImageDamage } from '../../contract/evidence.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import type { Task } from '../../contract/task.ts';
import { planGeometry, type Size } from '../../core/data/geometry.ts';
import type { Detection, Truth } from '../../core/detect/box.ts';
import { decoderClasses, decoderOutputs, detect } from '../../core/detect/decode.ts';
import type { Output } from '../../core/detect/output.ts';
import { toImage } from '../../core/detect/to-image.ts';
import { createDetectionMeter } from '../../core/metrics/detection.ts';
import { createLocalisationMeter, pairUp } from '../../core/metrics/localisation.ts';
import type { JobData } from '../job-data.ts';
import { inputSize } from '../model-input.ts';
import { note } from '../problems.ts';
import type { DamageList } from './damage.ts';
import { NO_SCORE, type Judge } from './judge.ts';

type DetectionTask = Extract<Task, { task: 'detection' }>;

/** Boxes that a user would see; weaker ones only shape the curve. */
const SEEN_FROM = 0.25;

/** Boxes against boxes. Throws `model-mismatch` where the decoder does not fit and `data-class-out-of-range`. */
export function judgeDetection(data: JobData, positions: Uint32Array, task: DetectionTask, first: readonly (readonly Output[])[], damage: DamageList): Judge {
  const { preprocess } = data.input;
  const size = inputSize(data.input);
  if (!size || !preprocess) throw new CalibrantError('model-mismatch', 'Detection needs images, and these data are feature tensors; choose another task.');
  const [shapes = []] = first;
  const classes = decoderClasses(task.decoder, shapes);
  checkLabels(data, positions, classes, task.classOffset);
  const names = Array.from({ length: Math.max(0, data.classes.length + task.classOffset) }, (_, i) => data.classes[i - task.classOffset] ?? '');
  const nameOf = (index: number): string => names[index] || `class ${index}`;
  const meters = first.map(() => createDetectionMeter(names));
  const places = first.map(() => createLocalisationMeter());
  let images = 0;
  let empty = 0;

  return {
    task: 'detection',
    reads: decoderOutputs(task.decoder, shapes),
    add(sample, outputs) {
      const image: Size = sample.image ?? size;
      const geometry = planGeometry(image, preprocess);
      const found = outputs.map((each) => detect(each, task, size).map((one) => toImage(one, geometry, image)));
      const truth = sample.item.boxes?.map((box): Truth => ({ ...box, class: box.class + task.classOffset }));
      if (truth) {
        images += 1;
        if (truth.length === 0) empty += 1;
        found.forEach((boxes, i) => {
          meters[i]?.add(truth, boxes);
          places[i]?.add(truth, boxes);
        });
      }
      const [mine, theirs] = found as [Detection[], Detection[]?];
      if (!theirs) return;
      const parted = compare(mine, theirs);
      damage.add(sample, parted.damage, changeOf(parted, mine, theirs, truth), () => describe(parted, nameOf));
    },
    finish() {
      const results = meters.map((meter) => meter.finish());
      const [mine, theirs] = results;
      return {
        scores: results.map(({ ap, ap50, ap75, recall, objects, bySize, perClass }, i) => ({
          ...NO_SCORE,
          labelled: images > 0,
          detection: images === 0 ? null : { images, objects, ap, ap50, ap75, recall, bySize, perClass, localisation: places[i]?.finish() ?? { found: 0, iou: null, offset: null } }, // prettier-ignore
        })),
        headline: { metric: 'mAP', unit: '%', higher: true, value: mine?.ap ?? null, float: theirs?.ap ?? null },
        agreement: null,
        problems: problemsOf(images, empty, mine?.perClass.length ?? 0, classes),
      };
    },
  };
}

/** What one model sees and the other does not. */
interface Parted {
  lost: Detection[];
  added: Detection[];
  damage: number;
}

/** Boxes that are to be seen without a partner of their class (IoU ≥ 0.5) among all of the other model's, weighted by score. */
function compare(mine: readonly Detection[], theirs: readonly Detection[]): Parted {
  const alone = (some: readonly Detection[], others: readonly Detection[]): Detection[] => {
    const seen = some.filter(({ score }) => score >= SEEN_FROM);
    const paired = new Set(pairUp(seen, others).map(({ object }) => object));
    return seen.filter((one) => !paired.has(one));
  };
  const [lost, added] = [alone(theirs, mine), alone(mine, theirs)];
  return { lost, added, damage: [...lost, ...added].reduce((sum, { score }) => sum + score, 0) };
}

function changeOf(
  { lost, added }: Parted,
  mine: readonly Detection[],
  theirs: readonly Detection[],
  truth: readonly Truth[] | undefined,
): ImageDamage['change'] {
  if (lost.length + added.length === 0) return 'same';
  if (!truth) return added.length === 0 ? 'lost' : lost.length === 0 ? 'gained' : 'changed';
  const hits = (found: readonly Detection[]): number => pairUp(truth, found.filter(({ score }) => score >= SEEN_FROM)).length; // prettier-ignore
  const [now, before] = [hits(mine), hits(theirs)];
  return now < before ? 'lost' : now > before ? 'gained' : 'changed';
}

const NAMED = 3;

function describe({ lost, added }: Parted, nameOf: (index: number) => string): string {
  const list = (some: readonly Detection[]): string => {
    const sorted = some.toSorted((a, b) => b.score - a.score).slice(0, NAMED);
    const rest = some.length - sorted.length;
    return sorted.map(({ class: index, score }) => `${nameOf(index)} ${score.toFixed(2)}`).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  };
  const parts = [...(lost.length > 0 ? [`lost: ${list(lost)}`] : []), ...(added.length > 0 ? [`added: ${list(added)}`] : [])];
  return parts.length === 0 ? 'the same boxes as float' : parts.join('; ');
}

function checkLabels({ items }: JobData, positions: Uint32Array, classes: number | null, offset: number): void {
  if (classes === null) return;
  for (const position of positions) {
    const { file, boxes } = items[position] as DataItem;
    const bad = boxes?.find((box) => box.class + offset < 0 || box.class + offset >= classes);
    if (!bad) continue;
    throw new CalibrantError(
      'data-class-out-of-range',
      `${file} has a box of the class ${bad.class}${offset === 0 ? '' : ` (with classOffset ${bad.class + offset})`}, and the decoder tells ${classes} classes apart (0 to ${classes - 1}); correct the labels or "classOffset" of the task.`,
      { file, class: bad.class, classes },
    );
  }
}

function problemsOf(images: number, empty: number, present: number, classes: number | null): Problem[] {
  const problems: Problem[] = [];
  if (empty > 0) problems.push(note('data-empty-truth', `${empty} of ${images} labelled images have no objects; what is found in them counts as wrong.`)); // prettier-ignore
  if (images > 0 && classes !== null && present < classes) problems.push(note('data-classes-absent', `${classes - present} of the model's ${classes} classes have no object in the ${images} labelled images, so nothing is known of them.`)); // prettier-ignore
  return problems;
}
