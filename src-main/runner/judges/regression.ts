import { CalibrantError } from '../../contract/errors.ts';
import type { Task } from '../../contract/task.ts';
import { createRegressionMeter } from '../../core/metrics/regression.ts';
import { formatShape } from '../../core/data/image-input.ts';
import { pickOutput, type Output } from '../../core/detect/output.ts';
import type { JobData } from '../job-data.ts';
import { warning } from '../problems.ts';
import type { DamageList } from './damage.ts';
import { NO_SCORE, type Judge } from './judge.ts';

type RegressionTask = Extract<Task, { task: 'regression' }>;

/** An output against the input (an auto-encoder) or against the float model's output. Throws `model-mismatch`. */
export function judgeRegression(
  { input }: JobData,
  { output: name, target }: RegressionTask,
  first: readonly (readonly Output[])[],
  damage: DamageList,
): Judge {
  const judged = first.map((outputs) => pickOutput(outputs, name))[0] as Output;
  const length = input.shape.reduce((product, dim) => product * dim, 1);
  if (target === 'input' && judged.values.length !== length) {
    throw new CalibrantError(
      'model-mismatch',
      `Output "${judged.name}" ${formatShape(judged.dims)} is not as long as the input ${formatShape(input.shape)}, as an auto-encoder's is; choose another output, or the target "float".`,
    );
  }
  const meters = first.map(() => createRegressionMeter());
  return {
    task: 'regression',
    reads: [judged.name],
    add(sample, outputs) {
      const values = outputs.map((each) => pickOutput(each, name).values);
      const theirs = values[1];
      const errors = values.map((own, i) => {
        const wanted = target === 'input' ? sample.input : theirs;
        return wanted ? (meters[i]?.add(own, wanted) ?? 0) : 0;
      }) as [number, number?];
      if (!theirs) return;
      const [before, after] = [target === 'input' ? (errors[1] ?? 0) : 0, errors[0]];
      const change = after === before ? 'same' : 'changed';
      damage.add(sample, Math.max(0, after - before), change, () =>
        target === 'input'
          ? `squared error against the input: float ${before.toPrecision(3)}, quantized ${after.toPrecision(3)}`
          : `squared error against float: ${after.toPrecision(3)}`,
      );
    },
    finish() {
      const errors = meters.map((meter) => meter.finish());
      const [mine, theirs] = errors;
      return {
        scores: errors.map((error, i) => ({ ...NO_SCORE, regression: error && (target === 'input' || i === 0) ? { target, ...error } : null })),
        headline: { metric: 'MSE', unit: '', higher: false, value: mine?.mse ?? null, float: target === 'input' ? (theirs?.mse ?? null) : null },
        agreement: null,
        problems: target === 'float' && first.length === 1 ? [warning('regression-alone', 'The output is to be compared with the float model, and there is none beside; name it with --against.')] : [], // prettier-ignore
      };
    },
  };
}
