import type { EvaluateResult, Evaluation } from '../../../src-main/contract/results.ts';
import { change, delta, number, percent, plural, points, signedInteger, UNKNOWN } from '../../components/format.ts';
import type { TermName } from '../../components/glossary.ts';

/** One measure of a model's quality, quantized beside float, in words. */
export interface QualityReading {
  name: string;
  term: TermName | null;
  value: string;
  /** What it is of: "of 300 images". */
  of: string;
  float: string;
  /** Quantized minus float; null where one is not known. */
  delta: { value: number; text: string } | null;
  better: 'up' | 'down';
  /** Why it is not known, where it is not. */
  reason: string;
}

type Maybe = number | null | undefined;
const NO_LABELS = 'The images have no labels.';
const FEW_CLASSES = 'With fewer than six classes every label is among the top five.';
const NOTHING = 'The labels have nothing of that kind.';

function inPoints(name: string, of: string, now: Maybe, float: Maybe, more: Partial<QualityReading> = {}): QualityReading {
  const moved = now == null || float == null ? null : now - float;
  const text = moved === null ? null : { value: moved, text: `${points(moved)} points` };
  return { name, term: null, value: percent(now), of, float: percent(float), delta: text, better: 'up', reason: NOTHING, ...more };
}

/** The two numbers of the task that decide. */
export function qualityReadings(evaluate: EvaluateResult): [QualityReading, QualityReading] {
  const { detection, segmentation, regression, against: float } = evaluate;
  if (detection) {
    const of = `${plural(detection.objects, 'object')} in ${plural(detection.images ?? evaluate.images, 'image')}`;
    return [
      inPoints('mAP', of, detection.ap, float?.detection?.ap, { term: 'mAP' }),
      inPoints('AP50', of, detection.ap50, float?.detection?.ap50, { term: 'AP50' }),
    ];
  }
  if (segmentation) {
    const of = `of ${plural(segmentation.images ?? evaluate.images, 'image')}`;
    const pixels = `of ${plural(segmentation.pixels, 'pixel')}`;
    return [
      inPoints('mIoU', of, segmentation.miou, float?.segmentation?.miou, { term: 'mIoU' }),
      inPoints('pixels right', pixels, segmentation.accuracy, float?.segmentation?.accuracy),
    ];
  }
  if (regression) return regressionReadings(evaluate, regression, float?.regression ?? null);
  return [topOf(evaluate, 'top1'), topOf(evaluate, 'top5')];
}

function regressionReadings(
  { images }: EvaluateResult,
  now: NonNullable<Evaluation['regression']>,
  float: Evaluation['regression'] | null,
): [QualityReading, QualityReading] {
  const of = `over ${plural(images, 'sample')}, against ${now.target === 'input' ? 'the input' : 'float'}`;
  const reason = 'The float model is the target itself.';
  const grown = float && float.mse > 0 ? { value: now.mse - float.mse, text: change(now.mse, float.mse) } : null;
  const moved = float ? { value: Math.abs(now.bias) - Math.abs(float.bias), text: delta(now.bias - float.bias) } : null;
  return [
    { name: 'MSE', term: 'MSE', value: number(now.mse), of, float: number(float?.mse), delta: grown, better: 'down', reason },
    { name: 'bias', term: 'bias', value: number(now.bias), of, float: number(float?.bias), delta: moved, better: 'down', reason },
  ];
}

function topOf(evaluate: EvaluateResult, key: 'top1' | 'top5'): QualityReading {
  const moved = evaluate.delta?.[key] ?? null;
  const images = moved === null ? 0 : Math.round((moved * evaluate.images) / 100);
  const name = key === 'top1' ? 'top-1' : 'top-5';
  return inPoints(name, `of ${plural(evaluate.images, 'image')}`, evaluate[key], evaluate.against?.[key], {
    term: name,
    reason: evaluate.labelled && key === 'top5' ? FEW_CLASSES : NO_LABELS,
    delta: moved === null ? null : { value: moved, text: `${points(moved)} points (${signedInteger(images)} ${Math.abs(images) === 1 ? 'image' : 'images'})` },
  });
}

/** What else the task measures, in one line each. */
export function furtherReadings(evaluate: EvaluateResult): { title: string; term: TermName | null; text: string; reason: string }[] {
  const { detection, confidence, against: float } = evaluate;
  const pair = (now: string, before: string): string => (now === UNKNOWN ? UNKNOWN : before === UNKNOWN ? now : `${now} (float ${before})`);
  const found = [];
  if (detection) {
    const before = float?.detection;
    for (const size of ['small', 'medium', 'large'] as const) {
      found.push({
        title: `AP ${size}`,
        term: 'AP by size' as const,
        text: pair(percent(detection.bySize[size]), percent(before?.bySize[size])),
        reason: NOTHING,
      });
    }
    const { found: objects, iou } = detection.localisation;
    const here = iou === null ? UNKNOWN : `${percent(iou)} of ${plural(objects, 'object')}`;
    found.push({ title: 'Localisation', term: 'localisation' as const, text: pair(here, percent(before?.localisation.iou)), reason: 'No object was found.' });
  }
  if (confidence) {
    const error = (value: Maybe): string => (value == null ? UNKNOWN : `${number(value)} points`);
    found.push({
      title: 'Confidence error',
      term: 'confidence error' as const,
      text: pair(error(confidence.error), error(float?.confidence?.error)),
      reason: NO_LABELS,
    });
  }
  return found;
}
