import type { Trial } from '../contract/evidence.ts';
import type { Gate } from '../contract/projects.ts';
import type { EvaluateResult } from '../contract/results.ts';
import type { Headline } from '../contract/scores.ts';
import { accuracyNoise, chanceLimit, farBelow } from '../core/metrics/chance.ts';

const digits = (value: number): string => value.toFixed(1);

/** What most often makes a correct model guess, in the order in which it is worth looking. */
const CAUSES = [
  'Channel order: the model may want BGR where the preprocessing says RGB, or the other way round.',
  'Scale: pixels may have to be 0…255, 0…1 or −1…1.',
  'Mean and std: they must be those of the training, in the order of the colours, in units after the scale.',
  'Crop and resize: the training may have cut the centre or kept the whole image.',
  'Label offset: a model with a background class has its labels shifted by one.',
];

/** The same for detection and segmentation. */
const OTHER_CAUSES = [
  'Task: the decoder must be the one of this detector, its outputs in the order that it expects, and its boxes in its units; for masks, values and classes must mean the same.',
  ...CAUSES.slice(0, 3),
  'Resize: boxes and masks are led back through it; a letterbox must stand where it stood in the training.',
  'Labels: their classes may be counted from another number ("classOffset").',
];

/** Points within which two figures without a known spread are called the same. */
const SAME = 5;
/** Below this, in percent, a detector or a segmenter finds nothing. */
const NOTHING = 1;
/** Variants that are named among the causes. */
const NAMED = 3;

/**
 * Judges the float model's own accuracy on the data, before anything is quantized.
 * @param stated accuracy that it should have, percent; null: nobody said
 */
export function judgeGate(evaluation: EvaluateResult, stated: number | null = null): Gate {
  const { top1, images, chance, headline } = evaluation;
  const base = { evaluation, error: null };
  if (top1 !== null && chance !== null) return { ...base, ...judgeTop1({ ...evaluation, top1, chance }, stated) };
  if (headline && headline.unit === '%' && headline.value !== null && headline.metric !== 'agreement') {
    return { ...base, ...judgeOther(evaluation, { ...headline, value: headline.value }, stated) };
  }
  const figure = headline?.metric === 'MSE' && headline.value !== null ? ` Its mean squared error is ${headline.value.toPrecision(3)}.` : '';
  const message = `The float model ran on ${images} samples, but its accuracy is unknown: ${whyUnknown(evaluation)}.${figure}`;
  return { ...base, state: 'unlabelled', causes: [], message };
}

type Judgement = Pick<Gate, 'state' | 'message' | 'causes'>;

function judgeTop1(evaluation: EvaluateResult & { top1: number; chance: number }, stated: number | null): Judgement {
  const { top1, chance, images } = evaluation;
  const figure = `Float top-1 is ${digits(top1)} % of ${images} images`;
  const tried = causesFromTrials(evaluation.trials ?? null);
  const causes = [...(tried?.causes ?? []), ...(tried?.fits ? [] : CAUSES)];
  if (top1 <= chanceLimit(chance, images)) {
    return { state: 'suspicious', causes, message: `${figure}, near chance (${digits(chance)} %): the preprocessing or the labels do not fit this model.` };
  }
  if (stated === null) return { state: 'plausible', causes: [], message: `${figure} – plausible, chance is ${digits(chance)} %.` };
  const noise = `of ${images} images, luck moves it by ±${digits(accuracyNoise(stated, images))} points`;
  if (farBelow(top1, stated, images)) {
    const message = `${figure}, ${digits(stated - top1)} points below the ${digits(stated)} % that it should have (${noise}): something of the preprocessing is not as in its training.`;
    return { state: 'suspicious', causes, message };
  }
  const gap = stated - top1;
  const compared = Math.abs(gap) < 0.05 ? 'just' : `${digits(Math.abs(gap))} points ${gap > 0 ? 'below' : 'above'}`;
  return { state: 'plausible', causes: [], message: `${figure} – ${compared} the ${digits(stated)} % that it should have (${noise}).` };
}

/** mAP and mIoU: guessing has no figure there, and their spread is not known from one number. */
function judgeOther(evaluation: EvaluateResult, { metric, value }: Headline & { value: number }, stated: number | null): Judgement {
  const { images, detection, segmentation } = evaluation;
  const what = detection ? ` with ${detection.objects} objects` : segmentation ? ` with ${segmentation.perClass.length} classes` : '';
  const figure = `Float ${metric} is ${digits(value)} % of ${images} images${what}`;
  if (value < NOTHING) {
    return {
      state: 'suspicious',
      causes: OTHER_CAUSES,
      message: `${figure}: next to nothing is right, so the task, the preprocessing or the labels do not fit this model.`,
    };
  }
  if (stated === null) {
    const message = `${figure} – far from nothing, so that task and preprocessing fit by and large. Whether it is all that the model can do, only the accuracy that it should have tells.`;
    return { state: 'plausible', causes: [], message };
  }
  const gap = stated - value;
  if (gap > SAME) {
    const message = `${figure}, ${digits(gap)} points below the ${digits(stated)} % that it should have; other images explain a few points at most.`;
    return { state: 'suspicious', causes: OTHER_CAUSES, message };
  }
  const compared = gap > 0 ? `${digits(gap)} points below` : `${digits(-gap)} points above`;
  return { state: 'plausible', causes: [], message: `${figure} – ${compared} the ${digits(stated)} % that it should have.` };
}

/** What fits better than the given preprocessing, by more than luck; or that nothing does. null: nothing was tried. */
function causesFromTrials(trials: readonly Trial[] | null): { fits: boolean; causes: string[] } | null {
  const given = trials?.find(({ change }) => change === 'as given');
  if (!trials || !given) return null;
  const better = trials.filter((trial) => trial.top1 - given.top1 > Math.max(SAME, accuracyNoise(given.top1, given.images)));
  const asGiven = `as given: ${digits(given.top1)} %`;
  const [best] = better;
  if (!best) {
    const cause = `None of the other preprocessings (${trials.length - 1}) that were tried on ${given.images} images does clearly better (${asGiven}): look at the labels and at the model itself too.`;
    return { fits: false, causes: [cause] };
  }
  // What is two changes and no better than the best says nothing new.
  const named = better.filter((trial) => trial === best || !trial.change.includes(', and ')).slice(0, NAMED);
  return { fits: true, causes: named.map(({ change, top1, images }) => `${capital(change)} gives ${digits(top1)} % of ${images} images (${asGiven}).`) };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function whyUnknown({ labelled, task }: EvaluateResult): string {
  if (task === 'regression') return 'an error has no percentage, and only the model’s training tells which one is good';
  if (task === 'agreement') return 'the task is agreement with the float model, which is this one';
  return labelled ? 'the model’s output is no list of class scores' : 'the data has no labels';
}
