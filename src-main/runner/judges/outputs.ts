import type { Tensor } from 'onnxruntime-node';
import type { Problem } from '../../contract/model.ts';
import type { EvaluateResult } from '../../contract/results.ts';
import type { Output } from '../../core/detect/output.ts';
import { createOutputErrorMeter, type OutputErrorMeter } from '../../core/metrics/output-error.ts';
import { warning } from '../problems.ts';
import { toFloats } from '../stages/outputs.ts';

/** The outputs of one run in the model's order; strings, sequences and maps are none that could be judged. */
export function readOutputs(names: readonly string[], values: Record<string, Tensor>): Output[] {
  return names.flatMap((name) => {
    const tensor = values[name];
    return tensor?.data === undefined || tensor.type === 'string' ? [] : [{ name, dims: tensor.dims, values: toFloats(tensor) }];
  });
}

/** The other model's outputs in the order and under the names of the judged one's: by name, or by place where no name is the same. */
export function align(mine: readonly Output[], theirs: readonly Output[]): Output[] {
  const byName = mine.some(({ name }) => theirs.some((other) => other.name === name));
  return mine.flatMap(({ name }, i) => {
    const other = byName ? theirs.find((one) => one.name === name) : theirs[i];
    return other ? [{ ...other, name }] : [];
  });
}

/** Every output against the float model's, over all samples. */
export interface OutputsMeter {
  add(mine: readonly Output[], theirs: readonly Output[]): void;
  finish(): { outputs: NonNullable<EvaluateResult['outputs']>; problems: Problem[] };
}

export function createOutputsMeter(): OutputsMeter {
  const meters = new Map<string, OutputErrorMeter>();
  const unlike = new Set<string>();
  return {
    add(mine, theirs) {
      for (const { name, values } of mine) {
        const other = theirs.find((one) => one.name === name);
        if (other?.values.length !== values.length) {
          unlike.add(name);
          continue;
        }
        let meter = meters.get(name);
        if (!meter) meters.set(name, (meter = createOutputErrorMeter()));
        meter.add(other.values, values);
      }
    },
    finish() {
      const all = [...meters].filter(([name]) => !unlike.has(name)).map(([name, meter]) => ({ name, ...meter.finish() }));
      const outputs = all.filter(({ mse, bias }) => Number.isFinite(mse) && Number.isFinite(bias));
      const infinite = all.filter((one) => !outputs.includes(one)).map(({ name }) => name);
      return { outputs, problems: [...about(unlike, 'of another size in the other model, or not there'), ...about(infinite, 'not finite')] };
    },
  };
}

function about(names: Iterable<string>, reason: string): Problem[] {
  const list = [...names];
  return list.length === 0 ? [] : [warning('outputs-not-compared', `Without a figure of their error, because they are ${reason}: ${list.join(', ')}.`)];
}
