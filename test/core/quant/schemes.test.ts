import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CODES, DEFAULT_RECIPE, INTEGER_TYPES, RecipeSchema, type Recipe } from '../../../src-main/contract/recipe.ts';
import { nearestLegal, recipeConflicts } from '../../../src-main/contract/recipe-conflicts.ts';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { emitFloat16 } from '../../../src-main/core/quant/emit/float16/convert.ts';
import { constant, modelOf, node, noise, recipe, type Feeds } from './build.ts';
import { images, pipeline, runAll, sqnrOf, leastSqnr, type Pipeline } from './pipeline.ts';

const { activations, weights, granularity, range, weightOnlyForm } = RecipeSchema.entries;

/** Channels whose weights differ in size and lean to one side, so that every choice about weights shows. */
function lopsided(dims: number[], seed: number, spread = 4): number[] {
  const per = dims.slice(1).reduce((a, b) => a * b, 1);
  return [...noise(per * (dims[0] as number), 0.5, seed)].map((value, i) => (value + 0.2) * spread ** (Math.floor(i / per) / (dims[0] as number)));
}

/** Convolutions, a residual, a concatenation, a Softmax gate and a table: something for every option to act on. */
const net = modelOf({
  inputs: { x: [1, 3, 8, 8] },
  outputs: { y: [1, 10] },
  nodes: [
    node('Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }),
    node('Relu', ['c1'], ['r1']),
    node('Conv', ['r1', 'w2', 'b2'], ['c2'], { pads: [1, 1, 1, 1], group: 8 }),
    node('Sigmoid', ['c2'], ['s2']),
    node('Add', ['s2', 'r1'], ['a']),
    node('Mul', ['a', 'gain'], ['m']),
    node('Concat', ['m', 'c2'], ['cat'], { axis: 1 }),
    node('MaxPool', ['cat'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('GlobalAveragePool', ['p'], ['g']),
    node('Flatten', ['g'], ['f']),
    node('Gemm', ['f', 'w3', 'b3'], ['h'], { transB: 1 }),
    node('MatMul', ['h', 'w4'], ['y']),
  ],
  constants: [
    constant('w1', [8, 3, 3, 3], lopsided([8, 3, 3, 3], 1)),
    constant('b1', [8], [...noise(8, 0.5, 2)]),
    constant('w2', [8, 1, 3, 3], lopsided([8, 1, 3, 3], 3)),
    constant('b2', [8], [...noise(8, 0.5, 4)]),
    constant('gain', [1, 8, 1, 1], [...noise(8, 1, 5)]),
    constant('w3', [32, 16], lopsided([32, 16], 6)),
    constant('b3', [32], [...noise(32, 0.5, 7)]),
    constant('w4', [32, 10], [...noise(320, 0.3, 8)]),
  ],
});

/** Noise with rare outliers, so that the methods that clip do. */
const seen: Feeds[] = images(net, 6).map(({ x }) => ({
  x: { dims: x?.dims ?? [], values: (x?.values ?? new Float32Array()).map((value, i) => value ** 3 * (i % 61 === 0 ? 3 : 1)) },
}));

const bytes = ({ model }: Pick<Pipeline, 'model'>): string => Buffer.from(writeModel(model)).toString('base64');

/** Quantizes, loads, runs (with ONNX Runtime's optimizations and without), and measures. Only what takes and gives float values. */
async function made(changes: Partial<Recipe>): Promise<{ bytes: string; sqnr: number; result: Pipeline }> {
  const wanted = { ...recipe({ range: 'minmax' }), ...changes };
  expect(recipeConflicts(wanted)).toEqual([]);
  const result = await pipeline(net, seen, wanted);
  if (wanted.inputType === 'quantized' || wanted.outputType === 'quantized') return { bytes: bytes(result), sqnr: Number.NaN, result };
  // What the Python tool writes and ONNX Runtime does not compute, with that said.
  if (!result.plan.warnings.some(({ code }) => code === 'blocks-without-kernel')) {
    for (const outputs of await runAll(result.model, seen, 'all')) for (const values of outputs.values()) expect(values.every(Number.isFinite)).toBe(true);
  }
  return { bytes: bytes(result), sqnr: await sqnrOf(net, result.model, seen), result };
}

/** Option, what it is set to, the recipe that it is compared with, least SQNR in dB. */
const EFFECTS: [string, Partial<Recipe>, Partial<Recipe>, number][] = [
  ...(['int8', 'uint16', 'int16'] as const).map((activations): [string, Partial<Recipe>, Partial<Recipe>, number] => [`${activations} activations`, { activations }, {}, activations === 'int8' ? 25 : 30]), // prettier-ignore
  ['uint8 weights', { weights: 'uint8' }, {}, 25],
  ['int16 weights', { weights: 'int16', activations: 'uint16' }, { activations: 'uint16' }, 55],
  ['int4 weights', { weights: 'int4' }, {}, 8],
  ['uint4 weights', { weights: 'uint4' }, {}, 8],
  ['one scale per tensor', { granularity: 'per-tensor' }, {}, 25],
  ['blocks', { blockSize: 4 }, {}, 25],
  ['smaller blocks', { blockSize: 4 }, { blockSize: 8 }, 25],
  ['blocks of int4', { blockSize: 4, weights: 'int4', format: 'weight-only' }, { weights: 'int4', format: 'weight-only' }, 12],
  ['symmetric activations', { symmetricActivations: true }, {}, 20],
  ['asymmetric weights', { granularity: 'per-tensor', symmetricWeights: false }, { granularity: 'per-tensor' }, 25],
  ['symmetric unsigned weights', { granularity: 'per-tensor', weights: 'uint8', symmetricWeights: true }, { granularity: 'per-tensor', weights: 'uint8' }, 25],
  ['full weight codes', { weightCodes: 'full' }, {}, 25],
  ['reduced weight codes', { weightCodes: 'reduced' }, {}, 20],
  ...(['mse', 'moving-average', 'percentile', 'entropy', 'octav'] as const).map((range): [string, Partial<Recipe>, Partial<Recipe>, number] => [`ranges by ${range}`, { range, ...(range === 'percentile' ? { percentile: 99.9 } : {}) }, {}, 15]), // prettier-ignore
  ['another percentile', { range: 'percentile', percentile: 99 }, { range: 'percentile', percentile: 99.9 }, 8],
  ['an excluded node', { exclude: ['Conv_c1'] }, {}, 25],
  ['excluded nodes by expression', { exclude: ['Conv_.*'] }, { exclude: ['Conv_c1'] }, 25],
  ['an excluded operator', { excludeOps: ['Conv'] }, {}, 25],
  ['quantized input', { inputType: 'quantized' }, {}, -Infinity],
  ['quantized output', { outputType: 'quantized' }, {}, -Infinity],
  ['the rules of TFLite', { activations: 'int8', target: 'tflite' }, { activations: 'int8' }, 20],
  ['parity with the Python tool', { ortParity: true }, { range: 'entropy' }, 20],
  ['QOperator', { format: 'qoperator' }, {}, 20],
  ['dynamic', { format: 'dynamic' }, {}, 20],
  ['weight-only', { format: 'weight-only' }, {}, 25],
  ['float16 weights', { format: 'weight-only', weights: 'float16' }, { format: 'weight-only' }, 55],
  ['the operators of com.microsoft', { format: 'weight-only', weights: 'uint8', blockSize: 16, weightOnlyForm: 'contrib' }, { format: 'weight-only', weights: 'uint8', blockSize: 16 }, 25], // prettier-ignore
];

describe('every option has an effect, and the result runs', () => {
  const bases = new Map<string, string>();
  it.each(EFFECTS)('%s', async (_name, changes, base, least) => {
    const { bytes: file, sqnr } = await made({ ...base, ...changes });
    const key = JSON.stringify(base);
    const known = bases.get(key) ?? (await made(base)).bytes;
    bases.set(key, known);
    expect(file).not.toBe(known);
    if (least > -Infinity) expect(sqnr).toBeGreaterThan(least);
  });

  it('none is forgotten here', () => {
    // Images and their order are a matter of the runner, as is what becomes of a quantized model; overrides follow below.
    const elsewhere = ['samples', 'seed', 'quantizedInput', 'overrides', 'format'];
    const covered = new Set(EFFECTS.flatMap(([, changes]) => Object.keys(changes)));
    expect(Object.keys(RecipeSchema.entries).filter((field) => !covered.has(field) && !elsewhere.includes(field))).toEqual([]);
  });
});

describe('an override of one tensor', () => {
  let plain: Pipeline;
  beforeAll(async () => void (plain = (await made({})).result));

  it.each<[string, string, Recipe['overrides'][string], number]>([
    ...(['int8', 'uint16', 'int16'] as const).map((type): [string, string, Recipe['overrides'][string], number] => [`activation type ${type}`, 'r1', { type }, 25]), // prettier-ignore
    ...INTEGER_TYPES.filter((type) => type !== 'int8').map((type): [string, string, Recipe['overrides'][string], number] => [`weight type ${type}`, 'w1', { type }, type.endsWith('4') ? 8 : 25]), // prettier-ignore
    ['a symmetric activation', 'c2', { symmetric: true }, 20],
    ['asymmetric weights', 'w1', { symmetric: false, granularity: 'per-tensor' }, 25],
    ['weights per tensor', 'w1', { granularity: 'per-tensor' }, 25],
    ...CODES.filter((codes) => codes !== 'restricted').map((codes): [string, string, Recipe['overrides'][string], number] => [`${codes} weight codes`, 'w1', { codes }, 20]), // prettier-ignore
    ['reduced codes of an activation', 'c2', { codes: 'reduced' }, 20],
    ['the range of an activation', 'c2', { min: -0.5, max: 0.5 }, 1],
    ['the scale of an activation', 'c2', { scale: 0.05, zeroPoint: 120 }, 15],
    ['the range of weights', 'w1', { min: -1, max: 1 }, 1],
    ['the scale of weights', 'w1', { scale: 0.02, zeroPoint: 0 }, 20],
  ])('%s', async (_name, tensor, override, least) => {
    const { result, bytes: file, sqnr } = await made({ overrides: { [tensor]: override } });
    expect(file).not.toBe(bytes(plain));
    expect(sqnr).toBeGreaterThan(least);
    const of = (p: Pipeline) => p.quantized.activations.get(tensor) ?? p.quantized.weights.get(tensor)?.parameters;
    const [before, after] = [of(plain), of(result)];
    expect(after).not.toEqual(before);
    if (override.type) expect(after?.type).toBe(override.type);
    if (override.symmetric !== undefined) expect(after?.symmetric).toBe(override.symmetric);
    if (override.granularity === 'per-tensor') expect(after?.axis).toBeNull();
    if (override.scale !== undefined) expect([after?.scale[0], after?.zeroPoint[0]]).toEqual([Math.fround(override.scale), override.zeroPoint]);
    if (override.min !== undefined) expect([after?.min[0], after?.max[0]]).toEqual([override.min, override.max]);
    // All others stay as they were.
    for (const [name, parameters] of plain.quantized.activations) {
      if (name !== tensor) expect({ name, parameters: result.quantized.activations.get(name) }).toEqual({ name, parameters });
    }
  });
});

describe('bare ends', () => {
  it.each(['qdq', 'qoperator'] as const)('of %s are the codes that Q would have made and DQ would have read', async (format) => {
    const float = await made({ format });
    const bare = await made({ format, inputType: 'quantized', outputType: 'quantized' });
    const { model, quantized } = bare.result;
    expect([model.graph.inputs[0]?.type, model.graph.outputs[0]?.type]).toEqual(['uint8', 'uint8']);
    const [x, y] = ['x', 'y'].map((name) => quantized.activations.get(name));
    const [want] = await runAll(float.result.model, seen.slice(0, 1));
    const codes = (seen[0]?.x?.values ?? new Float32Array()).map((value) => {
      const code = Math.round(value / (x?.scale[0] as number)) + (x?.zeroPoint[0] as number);
      return Math.min(Math.max(code, 0), 255);
    });
    const [got] = await runCodes(model, codes);
    const steps = [...(got ?? [])].map((code, i) => code - ((want?.get('y')?.[i] as number) / (y?.scale[0] as number) + (y?.zeroPoint[0] as number)));
    expect(Math.max(...steps.map(Math.abs))).toBeLessThan(1e-3);
  });
});

async function runCodes(model: Model, codes: Float32Array): Promise<Uint8Array[]> {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(writeModel(model), { graphOptimizationLevel: 'disabled' });
  const outputs = await session.run({ x: new ort.Tensor('uint8', Uint8Array.from(codes), [1, 3, 8, 8]) });
  await session.release();
  return Object.values(outputs).map(({ data }) => data as Uint8Array);
}

describe('half precision', () => {
  it('takes its options, and loses next to nothing', async () => {
    const { model: prepared } = prepareModel(net);
    const plain = emitFloat16(prepared, { inputType: 'float', outputType: 'float', exclude: new Set() });
    const want = await runAll(net, seen);
    expect(leastSqnr(want, await runAll(plain.model, seen))).toBeGreaterThan(50);
    const excluded = emitFloat16(prepared, { inputType: 'float', outputType: 'float', exclude: new Set(['Conv_c1']) });
    expect(excluded.placements.find(({ node: name }) => name === 'Conv_c1')?.placement).toBe('float');
    expect(bytes(excluded)).not.toBe(bytes(plain));
    expect(emitFloat16(prepared, { inputType: 'quantized', outputType: 'quantized', exclude: new Set() }).model.graph.inputs[0]?.type).toBe('float16');
  });
});

describe('a table that rows are picked from', () => {
  it.each(['dequantize', 'contrib'] as const)('is quantized by weight-only in the form %s', async (weightOnlyForm) => {
    const table = modelOf({
      inputs: { x: [3, 32] },
      outputs: { y: [3, 32] },
      nodes: [node('ArgMax', ['x'], ['rows'], { axis: 1, keepdims: 0 }), node('Gather', ['table', 'rows'], ['r']), node('Add', ['r', 'x'], ['y'])],
      constants: [constant('table', [32, 32], [...noise(1024)])],
      types: { rows: 'int64' },
    });
    const given = images(table);
    const { model, plan } = await pipeline(table, given, { format: 'weight-only', weights: 'uint4', blockSize: 16, weightOnlyForm });
    expect(plan.placements[1]).toMatchObject({ op: 'Gather', placement: 'integer' });
    expect(await sqnrOf(table, model, given)).toBeGreaterThan(20);
  });
});

/** Every field that decides over the file, within what is legal. */
const RECIPES = fc
  .record({
    format: fc.constantFrom('qdq', 'qdq', 'qoperator', 'dynamic', 'weight-only'),
    activations: fc.constantFrom(...activations.wrapped.options),
    weights: fc.constantFrom(...weights.wrapped.options),
    granularity: fc.constantFrom(...granularity.wrapped.options),
    blockSize: fc.constantFrom(null, null, 2, 3, 16, 64),
    symmetricActivations: fc.boolean(),
    symmetricWeights: fc.constantFrom(null, null, true, false),
    weightCodes: fc.constantFrom(...CODES),
    range: fc.constantFrom(...range.wrapped.options),
    percentile: fc.constantFrom(99, 100),
    excludeOps: fc.subarray(['Conv', 'Gemm', 'MatMul', 'Concat', 'Sigmoid'], { maxLength: 2 }),
    weightOnlyForm: fc.constantFrom(...weightOnlyForm.wrapped.options),
    target: fc.constantFrom('onnxruntime', 'onnxruntime', 'tflite'),
    ortParity: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  .map((fields) => nearestLegal({ ...DEFAULT_RECIPE, ...(fields as Partial<Recipe>) }));

it('whatever is legal together makes a model that runs, and is not far off', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(RECIPES, async (wanted) => {
      const { sqnr } = await made(wanted);
      const coarse = wanted.weights.endsWith('4') || wanted.range !== 'minmax' || wanted.ortParity;
      expect(sqnr).toBeGreaterThan(coarse ? 3 : 18);
    }),
    { numRuns: 60, seed: 3 },
  );
});
