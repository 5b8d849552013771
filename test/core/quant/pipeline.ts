import * as ort from 'onnxruntime-node';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { withOutputs } from '../../../src-main/core/onnx/outputs.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { createCollector } from '../../../src-main/core/quant/collector.ts';
import { emit } from '../../../src-main/core/quant/emit/index.ts';
import { chooseParameters } from '../../../src-main/core/quant/parameters.ts';
import { planQuantization, requiredOpset } from '../../../src-main/core/quant/plan.ts';
import { estimateRanges } from '../../../src-main/core/quant/ranges/estimate.ts';
import type { Statistics } from '../../../src-main/core/quant/statistics.ts';
import type { Plan, QuantizedGraph } from '../../../src-main/core/quant/types.ts';
import { noise, recipe, type Feeds } from './build.ts';
import { numbersOf } from './compare.ts';

export interface Pipeline {
  plan: Plan;
  statistics: Map<string, Statistics>;
  quantized: QuantizedGraph;
  model: Model;
}

/** From a float model as it stands in a file to an integer one in any format, calibrated on the given images. Ranges are min-max unless said otherwise. */
export async function pipeline(float: Model, images: readonly Feeds[], changes: Partial<Recipe> = {}): Promise<Pipeline> {
  const wanted = { ...recipe({ range: 'minmax' }), ...changes };
  const { model: prepared } = prepareModel(float, { opset: requiredOpset(wanted) });
  const plan = planQuantization(prepared, wanted);
  const collector = createCollector(plan.observed);
  const seen =
    plan.observed.length === 0
      ? []
      : await runAll(
          withOutputs(
            plan.prepared,
            plan.observed.filter((name) => !isInput(prepared, name)),
          ),
          images,
        );
  seen.forEach((outputs, i) => {
    for (const name of plan.observed) collector.add(name, images[i]?.[name]?.values ?? (outputs.get(name) as Float32Array));
  });
  const statistics = collector.finish();
  const quantized = chooseParameters(plan, estimateRanges(plan, statistics, wanted));
  return { plan, statistics, quantized, model: emit(quantized, wanted).model };
}

const isInput = ({ graph }: Model, name: string): boolean => graph.inputs.some((input) => input.name === name);

/** Outputs of a model for each image, in one session. */
export async function runAll(model: Model, images: readonly Feeds[], optimize: 'all' | 'disabled' = 'disabled'): Promise<Map<string, Float32Array>[]> {
  const session = await ort.InferenceSession.create(writeModel(model), { graphOptimizationLevel: optimize, logSeverityLevel: 4, intraOpNumThreads: 1 });
  const results: Map<string, Float32Array>[] = [];
  try {
    for (const image of images) {
      const outputs = await session.run(
        Object.fromEntries(Object.entries(image).map(([name, { dims, values }]) => [name, new ort.Tensor('float32', values, dims)])),
      );
      results.push(new Map(Object.entries(outputs).map(([name, tensor]) => [name, numbersOf(tensor)] as const)));
    }
  } finally {
    await session.release();
  }
  return results;
}

/** The least SQNR (dB) of all outputs over all images; Infinity where they are equal. */
export function leastSqnr(want: readonly Map<string, Float32Array>[], got: readonly Map<string, Float32Array>[]): number {
  const names = [...(want[0]?.keys() ?? [])];
  return Math.min(
    ...names.map((name) => {
      let [signal, error] = [0, 0];
      want.forEach((outputs, i) => {
        const other = got[i]?.get(name);
        outputs.get(name)?.forEach((value, j) => {
          signal += value * value;
          error += (value - (other?.[j] ?? Number.NaN)) ** 2;
        });
      });
      return error === 0 ? Infinity : 10 * Math.log10(signal / error);
    }),
  );
}

/** SQNR of a quantized model against its float model on the same images. `disabled`: each node as it stands in the file. */
export async function sqnrOf(float: Model, quantized: Model, images: readonly Feeds[], optimize: 'all' | 'disabled' = 'disabled'): Promise<number> {
  return leastSqnr(await runAll(float, images), await runAll(quantized, images, optimize));
}

/** Images of noise for every float input of a model, ±amplitude. */
export function images(model: Model, count = 2, amplitude = 1, seed = 11): Feeds[] {
  return Array.from({ length: count }, (_, image) =>
    Object.fromEntries(
      model.graph.inputs.map(({ name, shape }, input) => {
        const dims = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
        return [
          name,
          {
            dims,
            values: noise(
              dims.reduce((a, b) => a * b, 1),
              amplitude,
              seed + 7919 * image + input,
            ),
          },
        ] as const;
      }),
    ),
  );
}
