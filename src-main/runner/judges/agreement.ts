import type { JobData } from '../job-data.ts';
import { createErrorMeter } from '../../core/metrics/tensor-error.ts';
import { pickOutput, type Output } from '../../core/detect/output.ts';
import { warning } from '../problems.ts';
import { classCount } from '../stages/outputs.ts';
import { judgeClassification, unlabelled } from './classification.ts';
import type { DamageList } from './damage.ts';
import { NO_SCORE, type Judge } from './judge.ts';

/** How far the model does what the float model does: by answers where the output scores classes, else by the distance of the values. */
export function judgeAgreement(data: JobData, name: string | undefined, first: readonly (readonly Output[])[], damage: DamageList): Judge {
  const [judged] = first.map((outputs) => pickOutput(outputs, name));
  if (!judged) throw new Error('No model was judged');
  const inputLength = data.input.shape.reduce((product, dim) => product * dim, 1);
  if (classCount(judged.dims) !== null && judged.values.length !== inputLength) return byAnswers(data, name, first, damage);
  const error = createErrorMeter();
  return {
    task: 'agreement',
    reads: [judged.name],
    add(sample, outputs) {
      const [mine, theirs] = outputs.map((each) => pickOutput(each, name).values) as [Float32Array, Float32Array?];
      if (!theirs) return;
      error.add(theirs, mine);
      const share = relativeDistance(mine, theirs);
      damage.add(sample, share, share === 0 ? 'same' : 'changed', () => `the output differs from float's by ${(100 * share).toPrecision(3)} % of its size`);
    },
    finish: () => ({
      scores: first.map(() => NO_SCORE),
      headline: { metric: 'SQNR', unit: 'dB', higher: true, value: first.length > 1 ? error.finish().sqnrDb : null, float: null },
      agreement: null,
      problems: [
        warning('output-not-classes', 'The output is not one score per class, so there is no top-1; only the error against the other model can be told.'),
      ],
    }),
  };
}

/** Classification in which no sample has a label. */
function byAnswers(data: JobData, name: string | undefined, first: readonly (readonly Output[])[], damage: DamageList): Judge {
  const items = data.items.map((item) => ({ ...item, label: null }));
  const judge = judgeClassification({ ...data, items }, new Uint32Array(0), name, first, damage);
  return {
    ...judge,
    task: 'agreement',
    add: (sample, outputs) => judge.add({ ...sample, item: { ...sample.item, label: null } }, outputs),
    finish() {
      const judgement = judge.finish();
      return { ...judgement, problems: [...judgement.problems, unlabelled()] };
    },
  };
}

/** |a − b| / |b|, Euclidean; 0 where both are the same. */
function relativeDistance(a: Float32Array, b: Float32Array): number {
  let noise = 0;
  let signal = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    noise += difference * difference;
    signal += (b[i] as number) ** 2;
  }
  return noise === 0 ? 0 : Math.sqrt(noise / (signal || noise));
}
