import type { Gate } from '../contract/projects.ts';
import type { EvaluateResult } from '../contract/results.ts';
import { chanceLimit } from '../core/metrics/chance.ts';

const digits = (value: number): string => value.toFixed(1);

/** What most often makes a correct model guess, in the order in which it is worth looking. */
const CAUSES = [
  'Channel order: the model may want BGR where the preprocessing says RGB, or the other way round.',
  'Scale: pixels may have to be 0…255, 0…1 or −1…1.',
  'Mean and std: they must be those of the training, in the order of the colours, in units after the scale.',
  'Crop and resize: the training may have cut the centre or kept the whole image.',
  'Label offset: a model with a background class has its labels shifted by one.',
];

/** Judges the float model's own accuracy on the data, before anything is quantized. */
export function judgeGate(evaluation: EvaluateResult): Gate {
  const { top1, images, chance } = evaluation;
  const base = { evaluation, error: null };
  if (top1 === null || chance === null) {
    const why = evaluation.labelled ? 'the model’s output is no list of class scores' : 'the data has no labels';
    return { ...base, state: 'unlabelled', causes: [], message: `The float model ran on ${images} samples, but its accuracy is unknown: ${why}.` };
  }
  const figure = `Float top-1 is ${digits(top1)} % of ${images} images`;
  if (top1 <= chanceLimit(chance, images)) {
    const message = `${figure}, near chance (${digits(chance)} %): the preprocessing or the labels do not fit this model.`;
    return { ...base, state: 'suspicious', causes: CAUSES, message };
  }
  return { ...base, state: 'plausible', causes: [], message: `${figure} – plausible, chance is ${digits(chance)} %.` };
}
