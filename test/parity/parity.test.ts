import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';
import type { Model } from '../../src-main/core/onnx/graph.ts';
import { withOutputs } from '../../src-main/core/onnx/outputs.ts';
import { prepareModel } from '../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { emit } from '../../src-main/core/quant/emit/index.ts';
import { chooseParameters } from '../../src-main/core/quant/parameters.ts';
import { planQuantization, requiredOpset } from '../../src-main/core/quant/plan.ts';
import { estimateRanges } from '../../src-main/core/quant/ranges/estimate.ts';
import { createCollector } from '../../src-main/core/quant/collector.ts';
import type { Statistics } from '../../src-main/core/quant/statistics.ts';
import type { Plan } from '../../src-main/core/quant/types.ts';
import { hasShared, shared } from '../fixtures/shared.ts';
import { modelDifferences, outputDifferences } from './compare.ts';
import { feedsOf, pathOfGraph, readGolden, type Golden } from './golden.ts';

const GRAPHS = [
  'residual',
  'branches',
  'gemms',
  'addends',
  'shapes',
  'moves',
  'selects',
  'norms',
  'attention',
  'detector',
  'silu',
  'transposed',
  'quirks',
  'extremes',
];
/** The goldens of real models are committed, the models are not. */
const MODELS: [string, string][] = [
  ['lenet', 'mnist/lenet-mnist-opset11-fp32.onnx'],
  ['resnet8', 'cifar10/resnet8-cifar10-fp32.onnx'],
  ['resnet20', 'cifar10/resnet20-cifar10-bn-opset9-fp32.onnx'],
  ['dscnn', 'kws/dscnn-kws-fp32.onnx'],
  ['squeezenet', 'imagenet/squeezenet1.1-opset7-fp32.onnx'],
  ['mobilenetv2', 'imagenet/mobilenetv2-7-fp32.onnx'],
];

const files: [string, string][] = [
  ...GRAPHS.map((name): [string, string] => [name, pathOfGraph(name)]),
  ...(hasShared ? MODELS.map(([name, path]): [string, string] => [name, shared('models', path)]) : []),
];

/** As the goldens were made: no optimizer, and no 16-bit sums that saturate on processors before VNNI. */
const SESSION: ort.InferenceSession.SessionOptions = {
  graphOptimizationLevel: 'disabled',
  logSeverityLevel: 4,
  extra: { session: { x64quantprecision: '1' } },
};

async function run(session: ort.InferenceSession, golden: Golden, sample: number): Promise<Map<string, ArrayLike<number | bigint>>> {
  const feeds = Object.entries(feedsOf(golden, sample)).map(([name, { dims, values }]) => [name, new ort.Tensor('float32', values, dims)] as const);
  const outputs = await session.run(Object.fromEntries(feeds));
  return new Map([...feeds, ...Object.entries(outputs)].map(([name, { data }]) => [name, data as ArrayLike<number | bigint>]));
}

/** Of every float tensor, so that all schemes share them. */
async function statisticsOf(model: Model, golden: Golden): Promise<Map<string, Statistics>> {
  const { graph } = model;
  const tensors = graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => graph.values.get(name)?.type === 'float32');
  const watched = [
    ...new Set([...graph.inputs.map(({ name }) => name), ...tensors, ...graph.outputs.filter(({ type }) => type === 'float32').map(({ name }) => name)]),
  ];
  const collector = createCollector(watched);
  const session = await ort.InferenceSession.create(writeModel(withOutputs(model, tensors)), SESSION);
  for (let sample = 0; sample < golden.samples; sample++) {
    const seen = await run(session, golden, sample);
    for (const name of watched) collector.add(name, seen.get(name) as Float32Array);
  }
  await session.release();
  return collector.finish();
}

/**
 * Where QOperator drops an activation function, the Python tool's codes have the name of its input and the float values that of its output. Ours are all
 * named after its output if the model puts that out, else after its input.
 */
function aliasesOf({ prepared: { graph }, placements }: Plan, { format }: Recipe): Map<string, string> {
  const fused = new Set(placements.filter(({ placement }) => placement === 'fused').map(({ node }) => node));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const dropped = format === 'qoperator' ? graph.nodes.filter(({ name }) => fused.has(name)) : [];
  return new Map(
    dropped.map(({ inputs: [input = ''], outputs: [output = ''] }) => (outputs.has(output) ? ([input, output] as const) : ([output, input] as const))),
  );
}

/** What is not reproduced, and why. */
const DIFFERENT: Record<string, string> = {
  'addends qoperator': 'a Gemm that stays float for its bias reads the float weights here, and dequantized ones there',
};

describe.each(files)('%s, as ONNX Runtime’s Python tool quantizes it', (name, path) => {
  const golden = readGolden(name);
  let original: Model;
  let statistics: Map<string, Statistics>;

  beforeAll(async () => {
    original = readModel(new Uint8Array(readFileSync(path)));
    statistics = await statisticsOf(prepareModel(original).model, golden);
  });

  const quantized = (recipe: Recipe): { model: Model; aliases: Map<string, string> } => {
    const plan = planQuantization(prepareModel(original, { opset: requiredOpset(recipe) }).model, recipe);
    return { model: emit(chooseParameters(plan, estimateRanges(plan, statistics, recipe)), recipe).model, aliases: aliasesOf(plan, recipe) };
  };

  it.each(golden.schemes.map((scheme) => [Object.values(scheme.recipe).join(' '), scheme] as const))('%s', async (_title, scheme) => {
    const recipe: Recipe = { ...DEFAULT_RECIPE, range: 'minmax', ...scheme.recipe, ortParity: true };
    if (scheme.refused?.includes('16-bit')) return expect(() => quantized(recipe)).toThrow(expect.objectContaining({ code: 'recipe-invalid' }));
    const { model, aliases } = quantized(recipe);
    const known = DIFFERENT[`${name} ${recipe.format}`];
    if (!scheme.refused && !known) expect(modelDifferences(golden, scheme, model, aliases)).toEqual([]);
    if (scheme.broken) return;
    const session = await ort.InferenceSession.create(writeModel(model), SESSION);
    for (const [i, expected] of (scheme.outputs ?? []).entries()) {
      expect(outputDifferences(golden, expected, await run(session, golden, golden.checked[i] as number), model)).toEqual([]);
    }
    await session.release();
  });
});
