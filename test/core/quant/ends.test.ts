import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { emitFloat16 } from '../../../src-main/core/quant/emit/float16/convert.ts';
import { withFloatEnds } from '../../../src-main/core/quant/ends.ts';
import { runModel } from '../onnx/run.ts';
import { constant, modelOf, node, noise, run, type Feeds } from './build.ts';
import { asHalf, numbersOf } from './compare.ts';
import { pipeline } from './pipeline.ts';

const image: Feeds = { x: { dims: [1, 4, 6, 6], values: noise(144, 2) } };

/** Two outputs, one of which another node reads, and an end that only moves codes. */
const float = modelOf({
  inputs: { x: [1, 4, 6, 6] },
  outputs: { r: [1, 8, 4, 4], y: [1, 128] },
  nodes: [
    node('Conv', ['x', 'w', 'b'], ['c']),
    node('Relu', ['c'], ['r']),
    node('Conv', ['r', 'v'], ['d'], { group: 8 }),
    node('Add', ['d', 'r'], ['s']),
    node('Reshape', ['s', 'shape'], ['y']),
  ],
  constants: [
    constant('w', [8, 4, 3, 3], [...noise(288, 1, 3)]),
    constant('b', [8], [...noise(8, 1, 4)]),
    constant('v', [8, 1, 1, 1], [...noise(8, 1, 5)]),
    intTensor('shape', [2], [1, 128]),
  ],
});

const ends = ({ graph }: Model): string[] => [...graph.inputs, ...graph.outputs].map(({ name, type }) => `${name}: ${type}`);
const FLOAT_ENDS = ['x: float32', 'r: float32', 'y: float32'];

async function quantized(changes: Partial<Recipe>): Promise<Model> {
  return (await pipeline(float, [image], changes)).model;
}

describe('a model that takes and gives codes', () => {
  const forms: Partial<Recipe>[] = [
    { format: 'qdq' },
    { format: 'qdq', activations: 'int8' },
    { format: 'qdq', activations: 'int16', symmetricActivations: true },
    { format: 'qoperator' },
    { format: 'qoperator', activations: 'int8' },
  ];

  it.each(forms)('computes the same with float ends as when it was written with them: $format $activations', async (form) => {
    const made = withFloatEnds(await quantized({ ...form, inputType: 'quantized', outputType: 'quantized' }));
    expect(ends(made)).toEqual(FLOAT_ENDS);
    const [want, got] = [await run(await quantized(form), image), await run(made, image)];
    expect(got).toEqual(want);
  });

  it.each(['inputType', 'outputType'] as const)('may do so at one end only: %s', async (end) => {
    for (const format of ['qdq', 'qoperator'] as const) {
      const made = withFloatEnds(await quantized({ format, [end]: 'quantized' }));
      expect(ends(made)).toEqual(FLOAT_ENDS);
      expect(await run(made, image)).toEqual(await run(await quantized({ format }), image));
    }
  });
});

describe('half precision', () => {
  it.each([
    ['quantized', 'quantized'],
    ['quantized', 'float'],
    ['float', 'quantized'],
  ] as const)('at ends %s, %s becomes float', async (inputType, outputType) => {
    const { model } = emitFloat16(float, { exclude: new Set(), inputType, outputType });
    const made = withFloatEnds(model);
    expect(ends(made)).toEqual(FLOAT_ENDS);
    const x = new ort.Tensor('float32', image.x?.values as Float32Array, [1, 4, 6, 6]);
    const want = await runModel(model, { feeds: { x: inputType === 'quantized' ? asHalf(x) : x } });
    const got = await run(made, image);
    for (const name of ['r', 'y']) {
      // ONNX Runtime computes half precision in float32 on the CPU, and drops roundings between two casts.
      const peak = Math.max(...(got.get(name) as Float32Array));
      numbersOf(want[name] as ort.Tensor).forEach((value, i) => expect(Math.abs((got.get(name)?.[i] as number) - value)).toBeLessThan(2e-3 * peak));
    }
  });
});

describe('what has no codes at its ends', () => {
  it('comes back itself', async () => {
    for (const model of [float, await quantized({}), await quantized({ format: 'qoperator' }), await quantized({ format: 'dynamic' })]) {
      expect(withFloatEnds(model)).toBe(model);
    }
  });

  it('keeps integers that are no codes: an image that is cast, the index of a class', () => {
    const base = modelOf({ inputs: { x: [1, 4] }, outputs: { y: [1] }, nodes: [node('Cast', ['x'], ['f'], { to: 1 }), node('ArgMax', ['f'], ['y'], { axis: 1, keepdims: 0 })] }); // prettier-ignore
    const { graph } = base;
    const model: Model = {
      ...base,
      graph: { ...graph, inputs: [{ name: 'x', type: 'uint8', shape: [1, 4] }], outputs: [{ name: 'y', type: 'int64', shape: [1] }] },
    };
    expect(withFloatEnds(model)).toBe(model);
  });
});

it('finds parameters behind nodes that move codes, and says the zero point that int8 without one has', async () => {
  const model = modelOf({
    inputs: { x: [2, 3] },
    outputs: { y: [3, 2] },
    nodes: [node('Transpose', ['x'], ['t'], { perm: [1, 0] }), node('DequantizeLinear', ['t', 'scale'], ['y'])],
    constants: [constant('scale', [], [0.5])],
  });
  const codes: Model = { ...model, graph: { ...model.graph, inputs: [{ name: 'x', type: 'int8', shape: [2, 3] }], values: new Map() } };
  const made = withFloatEnds(codes);
  expect(ends(made)).toEqual(['x: float32', 'y: float32']);
  const got = await run(made, { x: { dims: [2, 3], values: Float32Array.of(1, -1.6, 0.5, 100, -100, 0.2) } });
  expect([...(got.get('y') as Float32Array)]).toEqual([1, 63.5, -1.5, -64, 0.5, 0]);
});
