import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { CalibrantError } from '../../../src-main/contract/errors.ts';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { constant, modelOf, node, noise, run, type Feeds } from './build.ts';
import { pipeline } from './pipeline.ts';

const forms = resolve(import.meta.dirname, '../../parity/forms');

type Constant = [type: string, dims: number[], bytes: string];
interface Golden {
  inputs: Record<string, [dims: number[], values: string]>;
  schemes: { recipe: Partial<Recipe>; operators: Record<string, number>; constants: Record<string, Constant>; outputs: Record<string, string> }[];
}

const floats = (text: string): Float32Array => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);

async function dynamic(model: Model, changes: Partial<Recipe> = {}): Promise<Model> {
  return (await pipeline(model, [], { format: 'dynamic', ...changes })).model;
}

/** Greatest difference as a share of the greatest value. */
function relativeError(want: Float32Array, got: Float32Array): number {
  expect(got.length).toBe(want.length);
  const peak = want.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return want.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (got[i] as number))), 0) / peak;
}

const operators = ({ graph }: Model): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { op } of graph.nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
};

// Goldens: quantize_dynamic of ONNX Runtime 1.30, see test/parity/make_forms.py.
describe('against quantize_dynamic', () => {
  const golden = JSON.parse(readFileSync(join(forms, 'dynamic.json'), 'utf8')) as Golden;
  const float = readModel(new Uint8Array(readFileSync(join(forms, 'dynamic.onnx'))));
  const feeds = Object.fromEntries(Object.entries(golden.inputs).map(([name, [dims, values]]) => [name, new ort.Tensor('float32', floats(values), dims)]));

  it.each(golden.schemes)('$recipe', async ({ recipe, operators: counted, constants, outputs }) => {
    const ours = await dynamic(float, recipe);
    // The tool never gives Conv a scale per channel, and reshapes the bias of a Conv while the model runs.
    const comparable = (name: string): boolean => !name.endsWith('_shape') && (recipe.granularity === 'per-tensor' || name.startsWith('m'));
    expect({ Reshape: 1, ...operators(ours) }).toEqual(counted);
    for (const [name, [type, , bytes]] of Object.entries(constants).filter(([name]) => comparable(name))) {
      const made = ours.graph.constants.get(name);
      expect({ name, type: made?.type, bytes: made && Buffer.from(made.bytes).toString('base64') }).toEqual({ name, type, bytes });
    }
    // As the goldens were made: no optimizer, and no 16-bit sums that saturate on processors before VNNI.
    const session = await ort.InferenceSession.create(writeModel(ours), {
      graphOptimizationLevel: 'disabled',
      extra: { session: { x64quantprecision: '1' } },
    });
    const results = await session.run(feeds);
    await session.release();
    for (const [name, bytes] of Object.entries(outputs).filter(([name]) => comparable(name))) {
      expect(relativeError(floats(bytes), results[name]?.data as Float32Array)).toBeLessThan(1e-5);
    }
  });
});

const rows: Feeds = { x: { dims: [6, 8], values: noise(48, 2) } };
const gemmOf = (attributes: Record<string, number>, bias: number[] | null, shapes = { x: [6, 8], w: [8, 5], y: [6, 5] }): Model =>
  modelOf({
    inputs: { x: shapes.x },
    outputs: { y: shapes.y },
    nodes: [node('Gemm', bias ? ['x', 'w', 'b'] : ['x', 'w'], ['y'], attributes)],
    constants: [
      constant('w', shapes.w, [...noise(40, 1, 3)]),
      ...(bias
        ? [
            constant('b', bias, [
              ...noise(
                bias.reduce((a, b) => a * b, 1),
                3,
                4,
              ),
            ]),
          ]
        : []),
    ],
  });

/** A share of a step: eight bits of weights and of inputs, each. */
const CLOSE = 0.015;

async function expectClose(float: Model, feeds: Feeds, changes: Partial<Recipe> = {}): Promise<Model> {
  const made = await dynamic(float, changes);
  const [want, got, optimized] = [await run(float, feeds), await run(made, feeds), await run(made, feeds, 'all')];
  for (const { name } of float.graph.outputs) {
    expect(relativeError(want.get(name) as Float32Array, got.get(name) as Float32Array)).toBeLessThan(CLOSE);
    expect(relativeError(want.get(name) as Float32Array, optimized.get(name) as Float32Array)).toBeLessThan(CLOSE);
  }
  return made;
}

describe('Gemm', () => {
  const schemes: Partial<Recipe>[] = (['int8', 'uint8'] as const).flatMap((weights) =>
    (['per-channel', 'per-tensor'] as const).map((granularity) => ({ weights, granularity })),
  );

  it.each(schemes)('alone, with $weights $granularity', async (changes) => void (await expectClose(gemmOf({}, null), rows, changes)));

  it.each(schemes)('with transB, alpha, beta and a bias of one row, with $weights $granularity', async (changes) => {
    await expectClose(gemmOf({ transB: 1, alpha: 0.5, beta: 2.5 }, [5], { x: [6, 8], w: [5, 8], y: [6, 5] }), rows, changes);
  });

  it('transposes its input first', async () => {
    const made = await expectClose(gemmOf({ transA: 1 }, [6, 1], { x: [8, 6], w: [8, 5], y: [6, 5] }), { x: { dims: [8, 6], values: noise(48, 2) } });
    expect(operators(made).Transpose).toBe(1);
  });

  it('keeps a bias that is computed', async () => {
    const float = modelOf({
      inputs: { x: [6, 8], c: [5] },
      outputs: { y: [6, 5] },
      nodes: [node('Gemm', ['x', 'w', 'c'], ['y'], { beta: -2 })],
      constants: [constant('w', [8, 5], [...noise(40, 1, 3)])],
    });
    await expectClose(float, { ...rows, c: { dims: [5], values: noise(5, 2, 8) } });
  });
});

describe('MatMul', () => {
  const matmul = (x: number[], w: number[], y: number[]): Model =>
    modelOf({
      inputs: { x },
      outputs: { y },
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      constants: [
        constant('w', w, [
          ...noise(
            w.reduce((a, b) => a * b, 1),
            1,
            3,
          ),
        ]),
      ],
    });

  it.each([
    ['a batch of matrices', [2, 3, 8], [8, 5], [2, 3, 5]],
    ['weights of rank 3', [2, 3, 8], [2, 8, 5], [2, 3, 5]],
    ['a vector of weights', [6, 8], [8], [6]],
    ['a vector as input', [8], [8, 5], [5]],
  ])('with %s', async (_what, x, w, y) => {
    const count = x.reduce((a, b) => a * b, 1);
    for (const weights of ['int8', 'uint8'] as const) await expectClose(matmul(x, w, y), { x: { dims: x, values: noise(count, 2) } }, { weights });
  });

  it('takes no rows at all', async () => {
    const made = await dynamic(matmul([0, 8], [8, 5], [0, 5]));
    expect((await run(made, { x: { dims: [0, 8], values: new Float32Array(0) } })).get('y')).toHaveLength(0);
  });
});

describe('Conv', () => {
  const conv = (
    dims: number[],
    w: number[],
    attributes: Record<string, number | number[] | string>,
    bias: 'constant' | 'computed' | null,
    y: (number | string)[],
  ): Model =>
    modelOf({
      inputs: { x: dims, ...(bias === 'computed' ? { c: [w[0] as number] } : {}) },
      outputs: { y },
      nodes: [node('Conv', ['x', 'w', ...(bias === null ? [] : [bias === 'computed' ? 'c' : 'b'])], ['y'], attributes)],
      constants: [
        constant('w', w, [
          ...noise(
            w.reduce((a, b) => a * b, 1),
            1,
            3,
          ),
        ]),
        ...(bias === 'constant' ? [constant('b', [w[0] as number], [...noise(w[0] as number, 3, 5)])] : []),
      ],
    });
  const image: Feeds = { x: { dims: [1, 4, 6, 6], values: noise(144, 2) } };

  it.each([
    ['a bias', conv([1, 4, 6, 6], [8, 4, 3, 3], {}, 'constant', [1, 8, 4, 4]), image],
    ['groups and padding', conv([1, 4, 6, 6], [8, 2, 3, 3], { group: 2, pads: [1, 1, 1, 1] }, 'constant', [1, 8, 6, 6]), image],
    ['one filter a channel', conv([1, 4, 6, 6], [4, 1, 3, 3], { group: 4, strides: [2, 2], auto_pad: 'SAME_UPPER' }, null, [1, 4, 3, 3]), image],
    ['one dimension', conv([1, 4, 36], [3, 4, 5], { dilations: [2] }, 'constant', [1, 3, 28]), { x: { dims: [1, 4, 36], values: noise(144, 2) } }],
    ['a computed bias', conv([1, 4, 6, 6], [8, 4, 3, 3], {}, 'computed', [1, 8, 4, 4]), { ...image, c: { dims: [8], values: noise(8, 2, 9) } }],
  ] as [string, Model, Feeds][])('with %s', async (_what, float, feeds) => {
    for (const weights of ['int8', 'uint8'] as const)
      for (const granularity of ['per-channel', 'per-tensor'] as const) await expectClose(float, feeds, { weights, granularity });
  });
});

describe('what several nodes share', () => {
  const float = modelOf({
    inputs: { x: [6, 8] },
    outputs: { y: [6, 8], z: [6, 8], w: [8, 8] },
    nodes: [node('MatMul', ['x', 'w'], ['y']), node('Gemm', ['x', 'w', 'b'], ['g']), node('MatMul', ['g', 'w'], ['z'])],
    constants: [constant('w', [8, 8], [...noise(64, 1, 3)]), constant('b', [8], [...noise(8, 1, 4)])],
  });

  it('is written once: the codes of an input, and those of weights', async () => {
    const made = await expectClose(float, rows);
    expect(operators(made)).toMatchObject({ DynamicQuantizeLinear: 2, MatMulInteger: 3 });
    expect([...made.graph.constants.values()].filter(({ type }) => type === 'int8').map(({ name }) => name)).toEqual(['w_quantized', 'w_zero_point']);
  });

  it('keeps weights in float that the model gives', async () => {
    const made = await dynamic(float);
    expect((await run(made, rows)).get('w')).toEqual(noise(64, 1, 3));
  });

  it('leaves an excluded node float, with its float weights', async () => {
    const made = await dynamic(float, { exclude: ['MatMul_y'] });
    expect(operators(made)).toMatchObject({ MatMul: 1, MatMulInteger: 2 });
    expect(made.graph.constants.has('w')).toBe(true);
  });
});

it('says of a model without constant products that nothing would be integer', async () => {
  const float = modelOf({ inputs: { x: [2, 2], w: [2, 2] }, outputs: { y: [2, 2] }, nodes: [node('MatMul', ['x', 'w'], ['y'])] });
  await expect(dynamic(float)).rejects.toThrow(CalibrantError);
});
