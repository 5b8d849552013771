import * as v from 'valibot';
import type { EvaluateResult, Evaluation } from './results.ts';

const from0 = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)));

/** What a quantized model must not fall short of to be accepted. null: not asked for. This is `--criteria FILE`, and of a project. */
export const CriteriaSchema = v.strictObject({
  /** Points that the headline metric may lose against float; of an error (MSE), the percent by which it may grow. */
  maxDrop: v.optional(from0, null),
  /** Points that any class of at least 10 images (objects, for detection) may lose; the noise of smaller ones is larger than any limit. */
  maxClassDrop: v.optional(from0, null),
  /** Float's median latency over the quantized one's. */
  minSpeedup: v.optional(from0, null),
  maxBytes: v.optional(from0, null),
});
export type Criteria = v.InferOutput<typeof CriteriaSchema>;

export const CriterionCheckSchema = v.object({
  criterion: v.picklist(['maxDrop', 'maxClassDrop', 'minSpeedup', 'maxBytes']),
  /** null: it cannot be told (no labels, no float model beside). */
  met: v.nullable(v.boolean()),
  limit: v.number(),
  value: v.nullable(v.number()),
  /** One sentence with the number, its limit and its count. */
  message: v.string(),
});
export type CriterionCheck = v.InferOutput<typeof CriterionCheckSchema>;

export const NO_CRITERIA: Criteria = v.parse(CriteriaSchema, {});

/** What criteria are checked against: the numbers of one run, or of `evaluate --against`. null: not known. */
export interface Measured {
  /** Name of the headline metric. */
  metric: string;
  /** Points lost against float; negative: gained. Of an error, percent by which it grew. */
  drop: number | null;
  worstClass: { name: string; drop: number; images: number } | null;
  speedup: number | null;
  bytes: number | null;
  images: number;
}

/** Classes with fewer images (objects) say nothing. */
const CLASS_COUNTS_FROM = 10;

/** What `evaluate` measured, as criteria see it. */
export function measuredOf(result: EvaluateResult): Measured {
  return {
    metric: result.headline?.metric ?? 'accuracy',
    drop: dropOf(result.headline),
    worstClass: worstClassOf(result),
    speedup: result.delta?.speedup ?? null,
    bytes: result.model.bytes,
    images: judgedImages(result),
  };
}

/** How many images the headline is of: labels, boxes and masks may be there for some only. */
export function judgedImages({ detection, segmentation, top1, perClass, images }: EvaluateResult): number {
  const labelled = top1 === null ? 0 : perClass.reduce((sum, one) => sum + one.images, 0);
  return detection?.images ?? segmentation?.images ?? (labelled || images);
}

/**
 * How much of the headline metric is lost: points of an accuracy, points of agreement that are missing to 100, percent by which an error grew. null where
 * there is no float model beside, or the metric has no measure of loss (SQNR).
 */
export function dropOf(headline: EvaluateResult['headline']): number | null {
  if (!headline || headline.value === null) return null;
  const { metric, higher, value, float } = headline;
  if (metric === 'agreement') return 100 - value;
  if (float === null) return null;
  if (higher) return float - value;
  return float > 0 ? 100 * (value / float - 1) : null;
}

/** The class that lost most against float, of those with at least 10 images (objects, for detection); null without such a class or a float model beside. */
export function worstClassOf(result: EvaluateResult): Measured['worstClass'] {
  if (!result.against) return null;
  const before = new Map(classScores(result.against).map((score) => [score.class, score]));
  let worst: Measured['worstClass'] = null;
  for (const { class: index, name, images, value } of classScores(result)) {
    const float = before.get(index)?.value;
    if (images < CLASS_COUNTS_FROM || value === null || float === null || float === undefined) continue;
    if (!worst || float - value > worst.drop) worst = { name: name ?? String(index), drop: float - value, images };
  }
  return worst;
}

interface ScoredClass {
  class: number;
  name: string | null;
  images: number;
  value: number | null;
}

/** The task's own measure of every class, with the number that it is of. */
function classScores({ perClass, detection, segmentation }: Evaluation): ScoredClass[] {
  if (detection) return detection.perClass.map(({ class: index, name, objects, ap }) => ({ class: index, name, images: objects, value: ap }));
  if (segmentation) return segmentation.perClass.map(({ class: index, name, images, iou }) => ({ class: index, name, images: images ?? 0, value: iou }));
  return perClass.map(({ class: index, name, images, top1 }) => ({ class: index, name, images, value: top1 }));
}

/** Checks each criterion that is set. Here, so that terminal, application and window judge alike. */
export function checkCriteria(criteria: Criteria, measured: Measured): CriterionCheck[] {
  const { metric, drop, worstClass, speedup, bytes, images } = measured;
  const of = `of ${images} ${images === 1 ? 'image' : 'images'}`;
  const isError = metric === 'MSE';
  const checks: (CriterionCheck | null)[] = [
    check('maxDrop', criteria.maxDrop, drop, {
      told: (value, limit) =>
        isError
          ? `The error (MSE, ${of}) ${value > 0 ? 'grew' : 'shrank'} by ${short(Math.abs(value))} %; it may grow by ${short(limit)} %.`
          : `${capital(metric)} ${value >= 0 ? 'lost' : 'gained'} ${short(Math.abs(value))} points ${of}; it may lose ${short(limit)}.`,
      untold: `How much ${metric} dropped cannot be told: that needs ${metric === 'SQNR' ? 'labels or class scores' : 'labels, and the float model beside'}.`,
    }),
    check('maxClassDrop', criteria.maxClassDrop, worstClass?.drop ?? null, {
      told: (value, limit) =>
        `The worst class, ${worstClass?.name}, ${value >= 0 ? 'lost' : 'gained'} ${short(Math.abs(value))} points of ${worstClass?.images}; any may lose ${short(limit)}.`,
      untold: `What single classes lost cannot be told: no class has ${CLASS_COUNTS_FROM} labelled images or more, or there is no float model beside.`,
    }),
    check('minSpeedup', criteria.minSpeedup, speedup, {
      told: (value, limit) => `It runs at ${short(value)} times float's speed (median latency); at least ${short(limit)} times are asked for.`,
      untold: 'The speed-up cannot be told: there is no float model beside.',
      isMet: (value, limit) => value >= limit,
    }),
    check('maxBytes', criteria.maxBytes, bytes, {
      told: (value, limit) => `The model has ${value} bytes; at most ${limit} are allowed.`,
      untold: 'The size of the model is not known.',
    }),
  ];
  return checks.filter((one) => one !== null);
}

interface Words {
  told(value: number, limit: number): string;
  untold: string;
  isMet?(value: number, limit: number): boolean;
}

/** A limit of 1 point is met by 1 point, whatever the last bit of a difference of percentages says. */
const ROUNDING = 1e-9;

function check(criterion: CriterionCheck['criterion'], limit: number | null, value: number | null, words: Words): CriterionCheck | null {
  if (limit === null) return null;
  if (value === null) return { criterion, met: null, limit, value, message: words.untold };
  const met = words.isMet ? words.isMet(value + ROUNDING, limit) : value <= limit + ROUNDING;
  return { criterion, met, limit, value, message: words.told(value, limit) };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function capital(text: string): string {
  return /^m(AP|IoU)/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
