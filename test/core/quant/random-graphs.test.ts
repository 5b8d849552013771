import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CalibrantError } from '../../../src-main/contract/errors.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { nearestLegal } from '../../../src-main/contract/recipe-conflicts.ts';
import { without } from '../../../src-main/core/onnx/attributes.ts';
import type { Model, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { withOutputs } from '../../../src-main/core/onnx/outputs.ts';
import { renameReads } from '../../../src-main/core/onnx/passes/rename.ts';
import { floatsOf, floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { emitQdq } from '../../../src-main/core/quant/emit/qdq.ts';
import { biasValues } from '../../../src-main/core/quant/bias.ts';
import { LEAST_END } from '../../../src-main/core/quant/ranges/range.ts';
import { QOPERATOR } from '../../../src-main/core/quant/rules/qoperator.ts';
import { fullCodes } from '../../../src-main/core/quant/scale.ts';
import { scaleLayout, forEachRun } from '../../../src-main/core/quant/scale-layout.ts';
import type { Parameters } from '../../../src-main/core/quant/types.ts';
import { recipe, type Feeds } from './build.ts';
import { images, pipeline, runAll, type Pipeline } from './pipeline.ts';
import { graphOf, steps } from './random-graphs.ts';

type Outputs = Map<string, Float32Array>;

/** Rounding of float32 arithmetic in sums of this size. */
const EPSILON = 2e-5;

/** Magnitude of the values behind a node, for what float32 itself may lose. */
const largest = (values: Iterable<number>): number => {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
};

/** A value's distance from what codes can reach. */
function beyond(value: number, { type, scale, zeroPoint }: Parameters): number {
  const codes = fullCodes(type);
  const [low, high] = [codes.min, codes.max].map((code) => (code - (zeroPoint[0] as number)) * (scale[0] as number)) as [number, number];
  return Math.max(0, low - value, value - high);
}

/** Dequantized tensors of the QDQ model by the name that they have in the float one. */
function dequantizedNames({ model }: Pipeline): Map<string, string> {
  return new Map(model.graph.nodes.flatMap(({ op, name, outputs }) => (op === 'DequantizeLinear' ? [[name.replace(/_DequantizeLinear$/, ''), outputs[0] as string] as const] : []))); // prettier-ignore
}

/**
 * The prepared float model with every quantized tensor cut: nodes read what the quantized model has there, and its weights. So each node's output can be
 * held against what the quantized model makes of the very same input.
 */
function cutModel({ plan, quantized }: Pipeline, constants: Outputs): Model {
  const { graph } = plan.prepared;
  const cut = new Map([...quantized.activations.keys()].map((name) => [name, `${name}@`] as const));
  const biased = new Set(plan.biases.map((bias) => bias.node));
  const nodes = graph.nodes.map((node) => {
    const own = renameReads(node, cut);
    const inputs = own.inputs.map((name) => (constants.has(`${name}|${node.name}`) ? `${name}|${node.name}` : name));
    const integer = plan.placements.find(({ node: name }) => name === node.name)?.placement !== 'float';
    return { ...own, inputs: integer ? inputs : own.inputs, attributes: biased.has(node.name) ? without(node.attributes, 'beta') : node.attributes };
  });
  const inputs = [...cut].map(([name, cutName]) => ({ name: cutName, type: 'float32' as const, shape: graph.values.get(name)?.shape ?? null }));
  const replaced = [...constants].map(([name, values]): [string, Tensor] => {
    const original = graph.constants.get(name.split('|')[0] as string);
    return [name, floatTensor(name, values.length === 1 ? (original?.dims ?? []) : original && original.dims.reduce((a, b) => a * b, 1) === values.length ? original.dims : [values.length], values)]; // prettier-ignore
  });
  const outputs = graph.nodes.flatMap((node) => node.outputs.map((name) => ({ name, type: 'float32' as const, shape: null })));
  return { ...plan.prepared, graph: { ...graph, nodes, inputs: [...graph.inputs, ...inputs], constants: new Map([...graph.constants, ...replaced]), outputs } };
}

/** Weights and biases: within half a step of what they were (a whole one where the zero point was rounded), unless they lie beyond what was given. */
function expectConstantsRounded(made: Pipeline, dequantized: Map<string, string>, seen: Outputs): Outputs {
  const { plan, quantized } = made;
  const constants: Outputs = new Map();
  for (const { name, nodes } of plan.weights) {
    const original = plan.prepared.graph.constants.get(name) as Tensor;
    const [want, got] = [floatsOf(original), seen.get(dequantized.get(name) as string) as Float32Array];
    const { parameters } = quantized.weights.get(name) as NonNullable<ReturnType<typeof quantized.weights.get>>;
    const halves = parameters.symmetric ? 0.5 : 1;
    forEachRun(scaleLayout(original.dims, parameters), (from, to, at) => {
      for (let i = from; i < to; i++) {
        const error = Math.abs((want[i] as number) - (got[i] as number));
        if (error > halves * (parameters.scale[at] as number) * (1 + 1e-4) + 1e-6 * Math.abs(want[i] as number)) throw new Error(`${name}[${i}] is ${want[i]} and became ${got[i]}, with steps of ${parameters.scale[at]}`); // prettier-ignore
      }
    });
    for (const node of nodes) constants.set(`${name}|${node}`, got);
  }
  const nodesOf = new Map(made.model.graph.nodes.map((node) => [node.name, node]));
  for (const bias of plan.biases) {
    const want = biasValues(bias, floatsOf(plan.prepared.graph.constants.get(bias.name) as Tensor));
    const got = seen.get(nodesOf.get(bias.node)?.inputs[2] as string) as Float32Array;
    const { scale } = (quantized.biases.get(`${bias.name}\n${bias.node}`) as NonNullable<ReturnType<typeof quantized.biases.get>>).parameters;
    want.forEach((value, i) => {
      const step = scale[scale.length > 1 ? i : 0] as number;
      // An int32 has more digits than a float32, so the last ones of a large bias are lost in between.
      const error = Math.abs(value - (got[i] as number));
      if (quantized.warnings.some(({ code, node }) => code === 'bias-clipped' && node === bias.node)) return;
      if (error > 0.5 * step * (1 + 1e-4) + 1e-6 * Math.abs(value)) throw new Error(`Bias ${bias.name}[${i}] of ${bias.node} is ${value} and became ${got[i]}, with steps of ${step}`); // prettier-ignore
    });
    constants.set(`${bias.name}|${bias.node}`, got);
  }
  return constants;
}

/** Every quantized tensor is what float arithmetic makes of the node's quantized inputs, to half a step; what lies beyond its range is at the end of it. */
async function expectBounded(made: Pipeline, given: Feeds[]): Promise<void> {
  const dequantized = dequantizedNames(made);
  const inner = made.model.graph.nodes.flatMap(({ op, outputs }) => (op === 'DequantizeLinear' ? outputs : []));
  const seen = await runAll(withOutputs(made.model, inner), given);
  const constants = expectConstantsRounded(made, dequantized, seen[0] as Outputs);
  const feeds = seen.map((outputs, i): Feeds => {
    const cut = [...made.quantized.activations.keys()].map((name) => {
      const shape = made.plan.prepared.graph.values.get(name)?.shape ?? made.plan.prepared.graph.inputs.find((input) => input.name === name)?.shape;
      return [`${name}@`, { dims: shape as number[], values: outputs.get(dequantized.get(name) as string) as Float32Array }] as const;
    });
    return { ...given[i], ...Object.fromEntries(cut) };
  });
  const reference = await runAll(cutModel(made, constants), feeds);
  const makers = new Map(made.plan.prepared.graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const original = await runAll(withOutputs(made.plan.prepared, [...makers.keys()]), given);
  seen.forEach((outputs, image) => {
    for (const [name, parameters] of made.quantized.activations) {
      const want = name === 'x' ? given[image]?.x?.values : reference[image]?.get(name);
      const got = outputs.get(dequantized.get(name) as string) as Float32Array;
      const magnitude = Math.max(largest(want ?? []), largest(original[image]?.get(name) ?? []), ...(makers.get(name)?.inputs ?? []).map((input) => largest(feeds[image]?.[`${input}@`]?.values ?? []))); // prettier-ignore
      want?.forEach((value, i) => {
        // Of a tensor that was never active nobody knows on which side of zero it would have been.
        const never = parameters.origin === 'never active' ? LEAST_END : 0;
        const bound = 0.5 * (parameters.scale[0] as number) + beyond(value, parameters) + EPSILON * magnitude + never;
        const error = Math.abs(value - (got[i] as number));
        if (!(error <= bound * (1 + 1e-4))) throw new Error(`${name}[${i}] of ${makers.get(name)?.op} is ${value} and became ${got[i]}, with steps of ${parameters.scale[0]} from ${parameters.min[0]} to ${parameters.max[0]}`); // prettier-ignore
      });
    }
  });
}

/** What min-max ranges observed can be coded: no end lies further out than half a step. */
function expectCovered({ plan, quantized, statistics }: Pipeline): void {
  for (const [name, parameters] of quantized.activations) {
    const seen = statistics.get(name);
    if (!seen || plan.activations.find((activation) => activation.name === name)?.range.from !== 'observed') continue;
    for (const end of [seen.min, seen.max]) {
      // A kept activation function is not asked for what it cuts off.
      const { range } = plan.activations.find((activation) => activation.name === name) as (typeof plan.activations)[number];
      if (range.from === 'observed' && !range.observe.includes(name)) continue;
      if (beyond(end, parameters) > 0.5 * (parameters.scale[0] as number) + 1e-6 * Math.abs(end)) throw new Error(`${name} reaches ${end}, beyond its range by more than half a step of ${parameters.scale[0]}`); // prettier-ignore
    }
  }
}

const SCHEMES = fc.record({
  activations: fc.constantFrom('uint8' as const, 'int8' as const, 'int16' as const, 'uint16' as const),
  weights: fc.constantFrom('int8' as const, 'int8' as const, 'uint8' as const, 'int4' as const, 'int16' as const),
  granularity: fc.constantFrom('per-channel' as const, 'per-tensor' as const),
  symmetricActivations: fc.boolean(),
  range: fc.constantFrom('minmax' as const, 'minmax' as const, 'mse' as const, 'percentile' as const, 'octav' as const),
  target: fc.constantFrom('onnxruntime' as const, 'onnxruntime' as const, 'tflite' as const),
});

const finite = (outputs: readonly Outputs[]): boolean => outputs.every((each) => [...each.values()].every((values) => values.every(Number.isFinite)));

/** Images to calibrate, and one more with twice their contrast. */
function imagesFor(model: Model, amplitude: number): { calibration: Feeds[]; given: Feeds[] } {
  const calibration = images(model, 2, amplitude);
  return { calibration, given: [...calibration, ...images(model, 1, Math.min(2 * amplitude, 3e38), 99)] };
}

/** Float itself stays finite, in every tensor, on all images. */
async function floatIsFinite(model: Model, given: Feeds[]): Promise<boolean> {
  const all = model.graph.nodes.flatMap(({ outputs }) => outputs);
  return finite(await runAll(withOutputs(model, all), given));
}

async function quantizeOrNothing(model: Model, calibration: Feeds[], wanted: Recipe): Promise<Pipeline | null> {
  try {
    return await pipeline(model, calibration, wanted);
  } catch (error) {
    // A graph of nothing but followers has nothing to gain.
    if (error instanceof CalibrantError && error.code === 'model-nothing-to-quantize') return null;
    throw error;
  }
}

/** With integer kernels: they compute, except for QLinearGlobalAveragePool, which refuses scales that are more than 2^32 apart (ONNX Runtime 1.30). */
async function expectRuns(model: Model, given: Feeds[]): Promise<void> {
  const outputs = await runAll(model, given, 'all').catch((error: unknown) => {
    if (/AveragePool parameter out of computation range/.test(String(error))) return [];
    throw error;
  });
  expect(finite(outputs)).toBe(true);
}

/** @returns whether there was anything to check */
async function check(model: Model, changes: Partial<Recipe>, amplitude: number): Promise<boolean> {
  const { calibration, given } = imagesFor(model, amplitude);
  if (model.graph.nodes.length === 0 || !(await floatIsFinite(model, given))) return false;
  const wanted = nearestLegal(recipe(changes));
  const made = await quantizeOrNothing(model, calibration, wanted);
  if (!made) return false;
  await expectBounded(made, given);
  if (wanted.range === 'minmax') expectCovered(made);
  await expectRuns(made.model, given);
  const integers = await quantizeOrNothing(model, calibration, nearestLegal({ ...wanted, format: 'qoperator', activations: 'uint8', target: 'onnxruntime' }));
  if (integers) await expectRuns(integers.model, given);
  return true;
}

/**
 * The same numbers written as integer operators and as QDQ: what the outputs differ by, in their steps. Only where no node is float: such a node reads what
 * was quantized in QDQ, and what was not in QOperator.
 */
async function stepsApart(model: Model, changes: Partial<Recipe>): Promise<number[]> {
  const given = images(model, 2);
  if (model.graph.nodes.length === 0 || !(await floatIsFinite(model, given))) return [];
  const made = await quantizeOrNothing(model, given, nearestLegal(recipe({ ...changes, format: 'qoperator' })));
  if (!made || made.plan.placements.some(({ placement }) => placement === 'float')) return [];
  const [integers, floats] = [await runAll(made.model, given), await runAll(emitQdq(made.quantized), given)];
  return floats.flatMap((outputs, image) =>
    [...outputs].flatMap(([name, values]) => {
      const step = made.quantized.activations.get(name)?.scale[0];
      return step === undefined ? [] : [...values].map((value, i) => Math.abs(value - (integers[image]?.get(name)?.[i] as number)) / step);
    }),
  );
}

describe('a random graph, quantized', () => {
  it('computes the same as integer operators and as QDQ, but for roundings', { timeout: 60_000 }, async () => {
    let all = 0;
    await fc.assert(
      fc.asyncProperty(steps(fc.constant(0)), SCHEMES, async (list, changes) => {
        const integer = list.filter(({ op }) => QOPERATOR.operators.has(op.replace(/ constant|depthwise /, '')));
        const apart = await stepsApart(graphOf(integer), { ...changes, activations: 'uint8', target: 'onnxruntime', range: 'minmax' });
        all += apart.length;
        // A linear Resize of codes truncates (ONNX Runtime 1.30), and a Mul behind it doubles that.
        const far = apart.filter((distance) => !(distance < 2.5)).length;
        expect(far / Math.max(1, apart.length)).toBeLessThan(0.05);
      }),
      { numRuns: 60, seed: 22 },
    );
    expect(all).toBeGreaterThan(2000);
  });

  it('runs, and errs at each node by no more than its step', { timeout: 60_000 }, async () => {
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(steps(fc.integer({ min: -3, max: 2 })), SCHEMES, async (list, changes) => {
        if (await check(graphOf(list), changes, 1)) checked += 1;
      }),
      { numRuns: 130, seed: 20 },
    );
    expect(checked).toBeGreaterThan(100);
  });

  it('the same with weights and images as small as 1e-39 and as large as 1e38', { timeout: 60_000 }, async () => {
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(
        steps(fc.integer({ min: -39, max: 38 })),
        SCHEMES,
        fc.constantFrom(1, 1e-39, 1e-30, 1e-12, 1e12, 1e30, 3e37),
        async (list, changes, amplitude) => {
          if (await check(graphOf(list), changes, amplitude)) checked += 1;
        },
      ),
      { numRuns: 130, seed: 21 },
    );
    expect(checked).toBeGreaterThan(30);
  });
});
