import * as ort from 'onnxruntime-node';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { DEFAULT_RECIPE } from '../../../src-main/contract/recipe.ts';
import type { Attribute, Model, Node, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { withOutputs } from '../../../src-main/core/onnx/outputs.ts';
import { floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { emitQdq } from '../../../src-main/core/quant/emit/qdq.ts';
import { chooseParameters } from '../../../src-main/core/quant/parameters.ts';
import { planQuantization } from '../../../src-main/core/quant/plan.ts';
import { estimateRanges } from '../../../src-main/core/quant/ranges/estimate.ts';
import { createCollector } from '../../../src-main/core/quant/collector.ts';
import type { QuantizedGraph } from '../../../src-main/core/quant/types.ts';

/** A node named `op_output`; numbers become int or float attributes. */
export function node(op: string, inputs: string[], outputs: string[], attributes: Record<string, number | number[] | string> = {}): Node {
  const convert = (name: string, value: number | number[] | string): Attribute => {
    if (Array.isArray(value)) return { kind: 'ints', value };
    if (typeof value === 'string') return { kind: 'string', value };
    return ['alpha', 'beta', 'epsilon'].includes(name) ? { kind: 'float', value } : { kind: 'int', value };
  };
  return {
    name: `${op}_${outputs[0]}`,
    op,
    domain: '',
    inputs,
    outputs,
    attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, convert(name, value)])),
  };
}

export function constant(name: string, dims: number[], values: readonly number[]): Tensor {
  return floatTensor(name, dims, Float32Array.from(values));
}

/** The same numbers every time, spread over ±amplitude. */
export function noise(count: number, amplitude = 1, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * amplitude;
  });
}

/** A float model of opset 13; every tensor that is not listed in `types` is float32. */
export function modelOf(parts: {
  inputs: Record<string, number[]>;
  outputs: Record<string, (number | string)[]>;
  nodes: Node[];
  constants?: Tensor[];
  types?: Record<string, 'int64' | 'bool'>;
}): Model {
  const info = (name: string, shape: (number | string)[] | null) => ({ name, type: parts.types?.[name] ?? ('float32' as const), shape });
  const made = parts.nodes.flatMap(({ outputs }) => outputs);
  return {
    irVersion: 8,
    producer: 'test',
    opsets: new Map([['', 13]]),
    metadata: new Map(),
    functions: [],
    graph: {
      name: 'test',
      inputs: Object.entries(parts.inputs).map(([name, shape]) => info(name, shape)),
      outputs: Object.entries(parts.outputs).map(([name, shape]) => info(name, shape)),
      nodes: parts.nodes,
      constants: new Map((parts.constants ?? []).map((tensor) => [tensor.name, tensor])),
      values: new Map(made.map((name) => [name, info(name, null)])),
    },
  };
}

export function recipe(changes: Partial<Recipe> = {}): Recipe {
  return { ...DEFAULT_RECIPE, ...changes };
}

export type Feeds = Record<string, { dims: number[]; values: Float32Array }>;

/** Runs a model in ONNX Runtime; values of its outputs, and of its inputs, by name. */
export async function run(model: Model, feeds: Feeds, optimize: 'all' | 'disabled' = 'disabled'): Promise<Map<string, Float32Array>> {
  const session = await ort.InferenceSession.create(writeModel(model), { graphOptimizationLevel: optimize, logSeverityLevel: 3 });
  const tensors = Object.entries(feeds).map(([name, { dims, values }]) => [name, new ort.Tensor('float32', values, dims)] as const);
  const outputs = await session.run(Object.fromEntries(tensors));
  await session.release();
  return new Map([
    ...Object.entries(feeds).map(([name, { values }]) => [name, values] as const),
    ...Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array] as const),
  ]);
}

/** The whole way from a float model to a quantized one, with the given images to calibrate. */
export async function quantize(model: Model, images: Feeds[], changes: Partial<Recipe> = {}): Promise<{ quantized: QuantizedGraph; model: Model }> {
  const plan = planQuantization(model, recipe(changes));
  const collector = createCollector(plan.observed);
  for (const image of images) {
    const seen = await run(
      withOutputs(
        plan.prepared,
        plan.observed.filter((name) => !(name in image)),
      ),
      image,
    );
    for (const name of plan.observed) collector.add(name, seen.get(name) as Float32Array);
  }
  const quantized = chooseParameters(plan, estimateRanges(plan, collector.finish(), { ...recipe({ range: 'minmax' }), ...changes }));
  return { quantized, model: emitQdq(quantized) };
}
