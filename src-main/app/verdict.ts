import type { RunDetail } from '../contract/projects.ts';
import type { Recipe } from '../contract/recipe.ts';
import { resultTitle, resultWord } from '../contract/recipe-words.ts';
import type { EvaluateResult } from '../contract/results.ts';

type Verdict = NonNullable<RunDetail['verdict']>;

/** A drop up to here is what a good 8-bit model shows on a few hundred images; up to WARNING it needs a look. In points of top-1. */
const OK_POINTS = 1;
const WARNING_POINTS = 5;
/** The same for models without labels, in percent of images with the float model's answer. */
const OK_AGREEMENT = 98;
const WARNING_AGREEMENT = 90;

const fixed = (value: number): string => value.toFixed(1);

function levelOf(value: number, ok: number, warning: number): Verdict['level'] {
  if (value <= ok) return 'ok';
  return value <= warning ? 'warning' : 'bad';
}

/** One sentence on what quantization did to the accuracy, with its counts. */
export function judgeRun(evaluate: EvaluateResult, recipe: Recipe): Verdict {
  const { against, agreement, images, top1 } = evaluate;
  if (against?.top1 != null && top1 !== null) {
    const drop = against.top1 - top1;
    const count = Math.round((Math.abs(drop) * images) / 100);
    // One image of a small set is more than a point and still no finding.
    const level = count <= 1 ? 'ok' : levelOf(drop, OK_POINTS, WARNING_POINTS);
    const change = count === 0 ? 'the same as' : `${fixed(Math.abs(drop))} points ${drop > 0 ? 'below' : 'above'}`;
    const counted = count === 0 ? '' : ` (${count} of ${images} images)`;
    return { level, message: `${resultTitle(recipe)} top-1 is ${fixed(top1)} % of ${images} images, ${change} float${counted}.` };
  }
  if (agreement != null) {
    const level = levelOf(100 - agreement, 100 - OK_AGREEMENT, 100 - WARNING_AGREEMENT);
    return { level, message: `Without labels: ${resultWord(recipe)} gives the float model’s answer on ${fixed(agreement)} % of ${images} images.` };
  }
  const sqnr = evaluate.outputError?.sqnrDb;
  if (sqnr != null) {
    return { level: 'unknown', message: `No labels and no classes: the output’s SQNR against float is ${fixed(sqnr)} dB over ${images} samples.` };
  }
  return { level: 'unknown', message: `Nothing to judge by: ${images} samples without labels and no float model beside.` };
}
