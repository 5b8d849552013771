import { dropOf, judgedImages } from '../contract/criteria.ts';
import type { RunDetail } from '../contract/projects.ts';
import type { Recipe } from '../contract/recipe.ts';
import { resultTitle, resultWord } from '../contract/recipe-words.ts';
import type { EvaluateResult } from '../contract/results.ts';

type Verdict = NonNullable<RunDetail['verdict']>;

/** A drop up to here is what a good 8-bit model shows on a few hundred images; up to WARNING it needs a look. In points of top-1, mAP or mIoU. */
const OK_POINTS = 1;
const WARNING_POINTS = 5;
/** The same for models without labels, in percent of images with the float model's answer. */
const OK_AGREEMENT = 98;
const WARNING_AGREEMENT = 90;
/** The same for an error (MSE), in percent by which it grew. */
const OK_GROWTH = 5;
const WARNING_GROWTH = 25;
/** Chance below which luck no longer explains a change. */
const SIGNIFICANCE = 0.05;

const fixed = (value: number): string => value.toFixed(1);
const short = (value: number): string => String(Number(value.toPrecision(3)));
/** Groups of three from five digits on, as the window writes counts: a thin space that does not break. */
const grouped = (count: number): string => (count < 10_000 ? String(count) : String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f'));
const counted = (count: number, one: string): string => `${grouped(count)} ${count === 1 ? one : `${one}s`}`;

function levelOf(value: number, ok: number, warning: number): Verdict['level'] {
  if (value <= ok) return 'ok';
  return value <= warning ? 'warning' : 'bad';
}

/** One sentence on what quantization did to the model's quality, whatever its task, with its counts. */
export function judgeRun(evaluate: EvaluateResult, recipe: Recipe): Verdict {
  return (
    judgeTop1(evaluate, recipe) ?? judgePoints(evaluate, recipe) ?? judgeError(evaluate, recipe) ?? judgeAgreement(evaluate, recipe) ?? judgeOutput(evaluate)
  );
}

function judgeTop1(evaluate: EvaluateResult, recipe: Recipe): Verdict | null {
  const { against, top1, damage } = evaluate;
  if (against?.top1 == null || top1 === null) return null;
  const images = judgedImages(evaluate);
  const drop = against.top1 - top1;
  const count = Math.round((Math.abs(drop) * images) / 100);
  const change = count === 0 ? 'the same as' : `${fixed(Math.abs(drop))} points ${drop > 0 ? 'below' : 'above'}`;
  const of = count === 0 ? '' : ` (${count} of ${images} images)`;
  const message = `${resultTitle(recipe)} top-1 is ${fixed(top1)} % of ${images} images, ${change} float${of}.`;
  // One image of a small set is more than a point and still no finding.
  const level = count <= 1 ? 'ok' : levelOf(drop, OK_POINTS, WARNING_POINTS);
  if (level === 'ok' || !damage) return { level, message };
  const luck = chanceOfLuck(damage.lost, damage.gained);
  if (luck < SIGNIFICANCE) return { level, message };
  const changed = `${damage.lost} lost and ${damage.gained} gained (exact McNemar test, p = ${luck.toFixed(2)})`;
  return { level: 'unknown', message: `${message} Luck can explain that: ${changed}; more images would tell.` };
}

/**
 * Probability that at least so uneven a split of the images that only one of two models got right is luck, when each model is as likely to be the one: two-sided
 * binomial test with ½, that is, the exact form of McNemar's test (McNemar, "Note on the sampling error of the difference between correlated proportions or
 * percentages", Psychometrika 12, 1947). Summed in logarithms, since 2ⁿ is beyond a double from 1024 images on.
 */
export function chanceOfLuck(lost: number, gained: number): number {
  const n = lost + gained;
  let logTerm = -n * Math.LN2;
  let sum = 0;
  for (let k = 0; k <= Math.min(lost, gained); k += 1) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}

function judgePoints({ headline, images, detection, segmentation }: EvaluateResult, recipe: Recipe): Verdict | null {
  if (headline?.unit !== '%' || headline.metric === 'agreement' || headline.value === null) return null;
  const { metric, value, float } = headline;
  const of = detection
    ? `${counted(detection.objects, 'object')} in ${counted(detection.images ?? images, 'image')}`
    : segmentation
      ? `${counted(segmentation.pixels, 'pixel')} of ${counted(segmentation.images ?? images, 'image')}`
      : counted(images, 'image');
  const start = `${resultTitle(recipe)} ${metric} is ${fixed(value)} % on ${of}`;
  if (float === null) return { level: 'unknown', message: `${start}; there is no float model beside to compare with.` };
  const drop = float - value;
  const change = fixed(Math.abs(drop)) === '0.0' ? 'the same as float' : `${fixed(Math.abs(drop))} points ${drop > 0 ? 'below' : 'above'} float`;
  return { level: levelOf(drop, OK_POINTS, WARNING_POINTS), message: `${start}, ${change} (${fixed(float)} %).` };
}

function judgeError({ headline, images }: EvaluateResult, recipe: Recipe): Verdict | null {
  if (headline?.metric !== 'MSE' || headline.value === null) return null;
  const growth = dropOf(headline);
  if (growth === null || headline.float === null) return null;
  const change = Math.abs(growth) < 0.05 ? 'the same as' : `${short(Math.abs(growth))} % ${growth > 0 ? 'above' : 'below'}`;
  return {
    level: levelOf(growth, OK_GROWTH, WARNING_GROWTH),
    message: `${resultTitle(recipe)} error (MSE) is ${short(headline.value)} over ${counted(images, 'sample')}, ${change} float (${short(headline.float)}).`,
  };
}

function judgeAgreement({ agreement, images }: EvaluateResult, recipe: Recipe): Verdict | null {
  if (agreement == null) return null;
  const level = levelOf(100 - agreement, 100 - OK_AGREEMENT, 100 - WARNING_AGREEMENT);
  return { level, message: `Without labels: ${resultWord(recipe)} gives the float model’s answer on ${fixed(agreement)} % of ${images} images.` };
}

/** There is no rule from which SQNR on a model is good enough. */
function judgeOutput({ outputError, images }: EvaluateResult): Verdict {
  const sqnr = outputError?.sqnrDb;
  if (sqnr != null) {
    return { level: 'unknown', message: `No labels and no classes: the output’s SQNR against float is ${fixed(sqnr)} dB over ${images} samples.` };
  }
  return { level: 'unknown', message: `Nothing to judge by: ${images} samples without labels and no float model beside.` };
}
