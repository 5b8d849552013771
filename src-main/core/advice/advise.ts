import type { Advice } from '../../contract/evidence.ts';
import { complete, type Rule, type RunEvidence } from './evidence.ts';
import { audit } from './rules/audit.ts';
import { calibrationImages } from './rules/calibration-images.ts';
import { classDrop } from './rules/class-drop.ts';
import { concatRanges } from './rules/concat-ranges.ts';
import { decodeHead } from './rules/decode-head.ts';
import { granularity } from './rules/granularity.ts';
import { integerSpeed } from './rules/integer-speed.ts';
import { outputBias } from './rules/output-bias.ts';
import { rangeMethod } from './rules/range-method.ts';
import { reducedRange } from './rules/reduced-range.ts';
import { sensitiveLayers } from './rules/sensitive-layers.ts';
import { gatedActivations } from './rules/gated-activations.ts';

/** In the order that decides between equals: causes before remedies for symptoms. */
const RULES: readonly Rule[] = [
  audit,
  granularity,
  concatRanges,
  decodeHead,
  sensitiveLayers,
  rangeMethod,
  calibrationImages,
  reducedRange,
  gatedActivations,
  outputBias,
  classDrop,
  integerSpeed,
];

const GAINS: readonly Advice['gain'][] = ['large', 'medium', 'small', 'unknown'];

/** What to do about a run, in order of expected gain. Empty where nothing is wrong. */
export function advise(evidence: RunEvidence): Advice[] {
  return RULES.flatMap((rule, order) => rule(evidence).map((finding) => ({ finding, order })))
    .sort((a, b) => GAINS.indexOf(a.finding.gain) - GAINS.indexOf(b.finding.gain) || a.order - b.order || (b.finding.weight ?? 0) - (a.finding.weight ?? 0))
    .map(({ finding }) => complete(finding, evidence.recipe));
}
