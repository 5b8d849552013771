import type { ImageDamage } from '../../contract/evidence.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { DataItem } from '../../contract/data.ts';
import type { Problem } from '../../contract/model.ts';
import { areProbabilities, createConfidenceMeter, movedProbability, softmax } from '../../core/metrics/confidence.ts';
import { createConfusionMeter } from '../../core/metrics/confusion.ts';
import { createAgreementMeter, createClassificationMeter } from '../../core/metrics/classification.ts';
import { formatShape } from '../../core/data/image-input.ts';
import { pickOutput, type Output } from '../../core/detect/output.ts';
import type { JobData } from '../job-data.ts';
import { note, warning } from '../problems.ts';
import { classCount } from '../stages/outputs.ts';
import { shown, type DamageList } from './damage.ts';
import type { Judge, Judgement } from './judge.ts';

/** Pairs beyond these are single images. */
const CONFUSIONS = 50;

/**
 * Class scores against class labels. Without labels the float model is the truth: only changed answers can be told. Throws `model-mismatch` and
 * `data-class-out-of-range`.
 * @param first outputs of each model for the first sample
 */
export function judgeClassification(
  data: JobData,
  positions: Uint32Array,
  name: string | undefined,
  first: readonly (readonly Output[])[],
  damage: DamageList,
): Judge {
  const { input, classes: names } = data;
  const judged = first.map((outputs) => pickOutput(outputs, name));
  const classes = judged.map((output) => {
    const count = classCount(output.dims);
    if (count !== null) return count;
    throw new CalibrantError('model-mismatch', `Output "${output.name}" ${formatShape(output.dims)} is not one score per class, as classification needs; choose another output or task.`); // prettier-ignore
  });
  const [count = 1] = classes;
  checkLabels(data, positions, count);
  const meters = first.map(() => createClassificationMeter({ classes: count, labelOffset: input.labelOffset, names }));
  const confidences = first.map(() => createConfidenceMeter());
  const confusion = createConfusionMeter();
  const agreement = createAgreementMeter();
  // Decided once, by the float model where there is one: rounded probabilities are probabilities still.
  const probable = areProbabilities((judged.at(-1) as Output).values);
  const toProbabilities = (scores: Float32Array): Float32Array => (probable ? scores : softmax(scores));
  const nameOf = (index: number): string | null => names[index - input.labelOffset] || null;

  return {
    task: 'classification',
    reads: [(judged[0] as Output).name],
    add(sample, outputs) {
      const scores = outputs.map((each) => pickOutput(each, name).values);
      const label = sample.item.label === null ? null : sample.item.label + input.labelOffset;
      const tops = scores.map((values, i) => meters[i]?.add(values, sample.item.label) ?? 0);
      const shares = scores.map(toProbabilities);
      if (label !== null) tops.forEach((top, i) => confidences[i]?.add(shares[i]?.[top] as number, top === label));
      const [mine, theirs] = tops as [number, number?];
      if (theirs === undefined) return;
      agreement.add(mine, theirs);
      if (label !== null) confusion.add(label, mine, theirs);
      const [own, float] = shares as [Float32Array, Float32Array];
      const change = changeOf(label ?? theirs, mine, theirs);
      damage.add(sample, WEIGHTS[change] + movedProbability(own, float), change, () => {
        const text = (top: number, values: Float32Array) => `${nameOf(top) ?? `class ${top}`} ${shown(values[top] as number)}`;
        return `float: ${text(theirs, float)}, quantized: ${text(mine, own)}`;
      });
    },
    finish() {
      const results = meters.map((meter) => meter.finish());
      const [mine, theirs] = results;
      if (!mine) throw new Error('No model was judged');
      const same = theirs ? agreement.finish() : null;
      const named = confusion.finish().slice(0, CONFUSIONS).map((one) => ({ ...one, truthName: nameOf(one.truth), answerName: nameOf(one.answer) })); // prettier-ignore
      const judgement: Judgement = {
        scores: results.map(({ labelled, top1, top5, chance, perClass }, i) => ({
          labelled,
          top1,
          top5,
          chance,
          perClass,
          confidence: confidences[i]?.finish() ?? null,
        })),
        headline: mine.labelled
          ? { metric: 'top-1', unit: '%', higher: true, value: mine.top1, float: theirs?.top1 ?? null }
          : { metric: 'agreement', unit: '%', higher: true, value: same, float: null },
        agreement: same,
        ...(theirs && mine.labelled ? { confusions: named } : {}),
        problems: mine.labelled ? absentClasses(mine.perClass.length, count, mine.images) : [],
      };
      return judgement;
    },
  };
}

/** An image that is lost counts more than any shift of probability (1 at most). */
const WEIGHTS: Record<ImageDamage['change'], number> = { lost: 2, changed: 1, gained: 0, same: 0 };

function changeOf(truth: number, mine: number, theirs: number): ImageDamage['change'] {
  if (mine === theirs) return 'same';
  return theirs === truth ? 'lost' : mine === truth ? 'gained' : 'changed';
}

function absentClasses(present: number, classes: number, images: number): Problem[] {
  if (present === classes) return [];
  return [note('data-classes-absent', `${classes - present} of the model's ${classes} classes have none of the ${images} images, so nothing is known of them.`)]; // prettier-ignore
}

function checkLabels({ items, input: { labelOffset } }: JobData, positions: Uint32Array, classes: number): void {
  for (const position of positions) {
    const { file, label } = items[position] as DataItem;
    if (label === null || (label + labelOffset >= 0 && label + labelOffset < classes)) continue;
    throw new CalibrantError(
      'data-class-out-of-range',
      `${file} has the class index ${label}${labelOffset === 0 ? '' : ` (with labelOffset ${label + labelOffset})`}, and the model has ${classes} classes (0 to ${classes - 1}); correct the label or "labelOffset".`,
      { file, label, labelOffset, classes },
    );
  }
}

/** Said where the outputs are class scores and nobody labelled the samples. */
export function unlabelled(): Problem {
  return warning('data-unlabelled', 'The data have no labels, so there is no accuracy; agreement with another model can still be told.');
}
