import { judgedImages } from '../../../src-main/contract/criteria.ts';
import type { EvaluateResult, Evaluation } from '../../../src-main/contract/results.ts';
import { change, decibel, delta, number, percent, plural, points, signedInteger, UNKNOWN } from '../../components/format.ts';
import type { TermName } from '../../components/glossary.ts';

/** One measure of a model's quality, quantized beside float, in words. */
export interface QualityReading {
  title: string;
  term: TermName | null;
  value: string;
  /** What it is of: "of 300 images". */
  of: string;
  /** The float model's; null where the measure is a comparison with it. */
  float: string | null;
  /** Quantized minus float; null where one is not known. */
  delta: { value: number; text: string } | null;
  better: 'up' | 'down';
  /** Why it is not known, where it is not. */
  reason: string;
}

export interface FurtherReading {
  title: string;
  term: TermName;
  text: string;
  reason: string;
}

type Maybe = number | null | undefined;
const NO_LABELS = 'The images have no labels.';
const FEW_CLASSES = 'With fewer than six classes every label is among the top five.';
const NOTHING = 'The labels have nothing of that kind.';
const NO_ANSWER = 'The outputs are no class scores, so there is no answer to agree on.';

function inPoints(title: string, of: string, now: Maybe, float: Maybe, more: Partial<QualityReading> = {}): QualityReading {
  const moved = now == null || float == null ? null : now - float;
  const text = moved === null ? null : { value: moved, text: `${points(moved)} points` };
  return { title, term: null, value: percent(now), of, float: percent(float), delta: text, better: 'up', reason: NOTHING, ...more };
}

/**
 * The two numbers that decide: the task's, and without labels how near the outputs are to float's.
 * @param word what the quantized model is: "INT8"
 */
export function qualityReadings(evaluate: EvaluateResult, word: string): [QualityReading, QualityReading] {
  const { detection, segmentation, regression, against: float } = evaluate;
  if (detection) {
    const of = `${plural(detection.objects, 'object')} in ${plural(detection.images ?? evaluate.images, 'image')}`;
    return [
      inPoints(`${word} mAP`, of, detection.ap, float?.detection?.ap, { term: 'mAP' }),
      inPoints(`${word} AP50`, of, detection.ap50, float?.detection?.ap50, { term: 'AP50' }),
    ];
  }
  if (segmentation) {
    const of = `of ${plural(segmentation.images ?? evaluate.images, 'image')}`;
    const pixels = `of ${plural(segmentation.pixels, 'pixel')}`;
    return [
      inPoints(`${word} mIoU`, of, segmentation.miou, float?.segmentation?.miou, { term: 'mIoU' }),
      inPoints(`${word} pixels right`, pixels, segmentation.accuracy, float?.segmentation?.accuracy),
    ];
  }
  if (regression) return regressionReadings(word, evaluate, regression, float?.regression ?? null);
  if (evaluate.top1 === null && float) return againstFloat(evaluate);
  return [topOf(word, evaluate, 'top1'), topOf(word, evaluate, 'top5')];
}

/** Without labels, what the float model says is all that there is to go by. */
function againstFloat(evaluate: EvaluateResult): [QualityReading, QualityReading] {
  const { agreement, outputError, images } = evaluate;
  const compared = { float: null, delta: null, better: 'up' } as const;
  const of = `over ${plural(images, agreement == null ? 'sample' : 'image')}, against float`;
  const reason = unknownOutput(evaluate);
  const sqnr = { title: 'Output SQNR', term: 'SQNR', value: decibel(outputError?.sqnrDb), of, reason, ...compared } as const;
  if (agreement == null) return [sqnr, { title: 'Output cosine', term: 'cosine', value: number(outputError?.cosine, 5), of, reason, ...compared }];
  return [
    { title: 'Agreement with float', term: 'agreement', value: percent(agreement), of: `of ${plural(images, 'image')}`, reason: NO_ANSWER, ...compared },
    sqnr,
  ];
}

function unknownOutput({ outputError }: EvaluateResult): string {
  return outputError?.mse === 0 ? 'No error at all: the outputs are the same.' : 'The outputs were not compared, or are zero everywhere.';
}

function regressionReadings(
  word: string,
  { images }: EvaluateResult,
  now: NonNullable<Evaluation['regression']>,
  float: Evaluation['regression'] | null,
): [QualityReading, QualityReading] {
  const of = `over ${plural(images, 'sample')}, against ${now.target === 'input' ? 'the input' : 'float'}`;
  const reason = 'The float model is the target itself.';
  const grown = float && float.mse > 0 ? { value: now.mse - float.mse, text: change(now.mse, float.mse) } : null;
  const shift = float ? now.bias - float.bias : 0;
  const moved = float ? { value: shift, text: delta(shift) } : null;
  // A bias is better where it is nearer to zero: that may be up or down.
  const nearer = Math.abs(now.bias) < Math.abs(float?.bias ?? 0);
  const better = shift > 0 === nearer ? 'up' : 'down';
  return [
    { title: `${word} MSE`, term: 'MSE', value: number(now.mse), of, float: number(float?.mse), delta: grown, better: 'down', reason },
    { title: `${word} bias`, term: 'bias', value: number(now.bias), of, float: number(float?.bias), delta: moved, better, reason },
  ];
}

function topOf(word: string, evaluate: EvaluateResult, key: 'top1' | 'top5'): QualityReading {
  const moved = evaluate.delta?.[key] ?? null;
  const judged = judgedImages(evaluate);
  const images = moved === null ? 0 : Math.round((moved * judged) / 100);
  const name = key === 'top1' ? 'top-1' : 'top-5';
  return inPoints(`${word} ${name}`, `of ${plural(judged, 'image')}`, evaluate[key], evaluate.against?.[key], {
    term: name,
    reason: evaluate.labelled && key === 'top5' ? FEW_CLASSES : NO_LABELS,
    delta: moved === null ? null : { value: moved, text: `${points(moved)} points (${signedInteger(images)} ${Math.abs(images) === 1 ? 'image' : 'images'})` },
  });
}

/** What else is known of the outputs, in one line each, without the two numbers that stand large. */
export function furtherReadings(evaluate: EvaluateResult, large: readonly QualityReading[]): FurtherReading[] {
  const { detection, confidence, against: float } = evaluate;
  const pair = (now: string, before: string): string => (now === UNKNOWN ? UNKNOWN : before === UNKNOWN ? now : `${now} (float ${before})`);
  const found: FurtherReading[] = [];
  if (detection) {
    const before = float?.detection;
    for (const size of ['small', 'medium', 'large'] as const) {
      found.push({
        title: `AP ${size}`,
        term: 'AP by size',
        text: pair(percent(detection.bySize[size]), percent(before?.bySize[size])),
        reason: NOTHING,
      });
    }
    const { found: objects, iou } = detection.localisation;
    const here = iou === null ? UNKNOWN : `${percent(iou)} of ${plural(objects, 'object')}`;
    found.push({ title: 'Localisation', term: 'localisation', text: pair(here, percent(before?.localisation.iou)), reason: 'No object was found.' });
  }
  if (confidence) {
    const error = (value: Maybe): string => (value == null ? UNKNOWN : `${number(value)} points`);
    found.push({
      title: 'Confidence error',
      term: 'confidence error',
      text: pair(error(confidence.error), error(float?.confidence?.error)),
      reason: NO_LABELS,
    });
  }
  const terms = new Set(large.map(({ term }) => term));
  if (!terms.has('agreement') && (evaluate.agreement != null || terms.has('top-1'))) {
    found.push({ title: 'Agreement with float', term: 'agreement', text: percent(evaluate.agreement, evaluate.images), reason: NO_ANSWER });
  }
  if (!terms.has('SQNR')) {
    found.push({ title: 'Output SQNR', term: 'SQNR', text: decibel(evaluate.outputError?.sqnrDb), reason: unknownOutput(evaluate) });
  }
  return found;
}
