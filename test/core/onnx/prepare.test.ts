import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { hasShared, shared } from '../../fixtures/shared.ts';
import { info, modelOf, node } from './build.ts';
import { expectClose } from './equal.ts';
import { operatorModels } from './operators.ts';
import { feedFor, noise, readFile, runModel } from './run.ts';

const operatorsOf = (model: Model): string[] => model.graph.nodes.map((n) => n.op);

/** Runs both on the same noise. */
async function expectSame(prepared: Model, original: Model, tolerance = 1e-5): Promise<void> {
  const feeds = Object.fromEntries(original.graph.inputs.map((input, i) => [input.name, feedFor(input, 2, i + 1)]));
  expectClose(await runModel(prepared, { feeds }), await runModel(original, { feeds }), tolerance);
}

const files = hasShared ? (readdirSync(shared('models'), { recursive: true }) as string[]).filter((file) => file.endsWith('.onnx')) : [];

describe.skipIf(!hasShared)('prepareModel on real models', () => {
  // superresolution needs a library of its own to run.
  it.each(files.filter((file) => !file.includes('superresolution')))('computes the same: %s', async (file) => {
    const original = readFile(shared('models', file));
    const start = performance.now();
    const { model } = prepareModel(original);
    expect(performance.now() - start).toBeLessThan(300);
    const again = readModel(writeModel(model));
    expect(again.opsets.get('')).toBeGreaterThanOrEqual(13);
    expect(again.graph.outputs.map((o) => o.name)).toEqual(original.graph.outputs.map((o) => o.name));
    for (const op of ['Constant', 'Identity', 'Dropout', 'Shape']) expect(operatorsOf(again)).not.toContain(op);
    if (!file.includes('fp16')) expect(operatorsOf(again)).not.toContain('BatchNormalization');
    for (const n of again.graph.nodes)
      for (const output of n.outputs) expect([output, again.graph.values.get(output)?.shape]).toEqual([output, expect.any(Array)]);
    await expectSame(again, original, 1e-4);
  });
});

describe('conversion to opset 13', () => {
  it.each(operatorModels)('computes the same: %s', async (_name, original) => {
    const { model } = prepareModel(original);
    expect(model.opsets.get('')).toBe(Math.max(13, original.opsets.get('') ?? 0));
    await expectSame(model, original);
  });

  const real = (value: number): { kind: 'float'; value: number } => ({ kind: 'float', value });
  const reals = (value: number[]): { kind: 'floats'; value: number[] } => ({ kind: 'floats', value });
  const image = [info('x', [2, 3, 8, 6])];
  const old: [string, number, Parameters<typeof modelOf>[0]][] = [
    ['Softmax over rows', 11, { inputs: image, nodes: [node('Softmax', ['x'], ['y'])] }],
    ['Softmax over rows of a dynamic batch', 7, { inputs: [info('x', ['N', 3, 4])], nodes: [node('Softmax', ['x'], ['y'], { axis: 1 })] }],
    ['LogSoftmax over the last axis', 11, { inputs: image, nodes: [node('LogSoftmax', ['x'], ['y'], { axis: -1 })] }],
    ['Hardmax from axis 2', 11, { inputs: image, nodes: [node('Hardmax', ['x'], ['y'], { axis: 2 })] }],
    ['Softmax with sizes of 1 behind', 9, { inputs: [info('x', [2, 5, 1, 1])], nodes: [node('Softmax', ['x'], ['y'])] }],
    ['Clip below only', 10, { nodes: [node('Clip', ['x'], ['y'], { min: real(0) })] }],
    ['Clip without bounds', 7, { nodes: [node('Clip', ['x'], ['y'])] }],
    ['Pad with a value', 10, { inputs: image, nodes: [node('Pad', ['x'], ['y'], { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: real(-3) })] }],
    ['Pad by reflection', 10, { inputs: image, nodes: [node('Pad', ['x'], ['y'], { pads: [0, 0, 1, 2, 0, 0, 0, 1], mode: 'reflect' })] }],
    ['Upsample nearest', 7, { inputs: image, nodes: [node('Upsample', ['x'], ['y'], { mode: 'nearest', scales: reals([1, 1, 2.5, 3]) })] }],
    ['Upsample linear', 7, { inputs: image, nodes: [node('Upsample', ['x'], ['y'], { mode: 'linear', scales: reals([1, 1, 2, 3]) })] }],
    [
      'Resize that shrinks',
      10,
      { inputs: image, nodes: [node('Resize', ['x', 's'], ['y'])], constants: [floatTensor('s', [4], new Float32Array([1, 1, 0.6, 0.5]))] },
    ],
    [
      'Resize with computed scales',
      10,
      {
        inputs: image,
        nodes: [
          node('Shape', ['x'], ['d']),
          node('Cast', ['d'], ['f'], { to: 1 }),
          node('Div', ['f', 'f'], ['one']),
          node('Add', ['one', 'more'], ['s']),
          node('Resize', ['x', 's'], ['y']),
        ],
        constants: [floatTensor('more', [4], new Float32Array([0, 0, 1, 1]))],
      },
    ],
    ['ReduceSum over two axes', 11, { inputs: image, nodes: [node('ReduceSum', ['x'], ['y'], { axes: [1, -1], keepdims: 0 })] }],
    ['Dropout whose mask is not read', 7, { nodes: [node('Dropout', ['x'], ['a', 'mask'], { ratio: 0.3 }), node('Relu', ['a'], ['y'])] }],
    [
      'BatchNormalization of opset 7',
      7,
      {
        inputs: image,
        nodes: [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'], { spatial: 1 })],
        constants: ['s', 'b', 'm', 'v'].map((name) => floatTensor(name, [3], noise(3, 5).map(Math.abs))),
      },
    ],
    [
      'Scatter',
      9,
      {
        inputs: [info('x', [3, 3])],
        nodes: [node('Scatter', ['x', 'i', 'u'], ['y'])],
        constants: [intTensor('i', [1, 3], [0, 2, 1]), floatTensor('u', [1, 3], noise(3))],
      },
    ],
  ];
  it.each(old)('%s (opset %i)', async (_name, opset, parts) => {
    const original = modelOf(parts, opset);
    await expectSame(prepareModel(original).model, original);
  });

  const codeOf = (model: Model): unknown => {
    try {
      return prepareModel(model) && 'no error';
    } catch (error) {
      return [(error as { code: string }).code, (error as Error).message];
    }
  };
  it('names what it cannot convert', () => {
    const relu = { nodes: [node('Relu', ['x'], ['y'])] };
    expect(codeOf(modelOf(relu, 6))).toEqual(['model-unsupported-opset', expect.stringMatching(/opset 6, and Calibrant understands 7 to 26/)]);
    expect(codeOf(modelOf(relu, 27))).toEqual(['model-unsupported-opset', expect.stringMatching(/opset 27.*with opset 13 to 26/)]);
    expect(codeOf(modelOf(relu, 26))).toBe('no error');
    const norm = { nodes: [node('BatchNormalization', ['x', 'x', 'x', 'x', 'x'], ['y'], { spatial: 0 })] };
    expect(codeOf(modelOf(norm, 7))).toEqual(['model-unsupported-operator', expect.stringMatching(/BatchNormalization:y .*spatial/)]);
  });
});

describe('folding of constants', () => {
  /** The model with its inputs turned into constants, and its results passed on so that their nodes may disappear. */
  function frozen(model: Model): Model {
    const feeds = model.graph.inputs.map((input, i) => ({ input, value: feedFor(input, 2, i + 1) }));
    const constants = new Map(model.graph.constants);
    for (const { input, value } of feeds) {
      const bytes = new Uint8Array((value.data as Float32Array).buffer);
      constants.set(input.name, { name: input.name, type: input.type, dims: [...value.dims], bytes });
    }
    const results = model.graph.nodes.flatMap((n) => n.outputs).filter(Boolean);
    const nodes = [...model.graph.nodes, ...results.map((name) => node('Identity', [name], [`${name}_out`]))];
    return {
      ...model,
      graph: { ...model.graph, inputs: [], constants, nodes, outputs: results.map((name) => info(`${name}_out`, null, 'other')), values: new Map() },
    };
  }

  const folded = [
    'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Expand', 'Tile', 'Concat', 'Split', 'Slice', 'Gather', 'Identity', 'Relu', 'LeakyRelu', 'Sigmoid',
    'Tanh', 'Exp', 'Abs', 'Neg', 'Sqrt', 'Floor', 'Clip', 'Cast', 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Min', 'Max', 'Greater', 'Less', 'Equal', 'Where', 'And', 'Or', 'Not',
    'GreaterOrEqual', 'LessOrEqual', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'Shape', 'Size', 'Range', 'ConstantOfShape', 'Constant',
  ]; // prettier-ignore
  const foldable = operatorModels.filter(([, model]) => model.graph.nodes.every((n) => folded.includes(n.op)));

  it('has a case for every operator that can be folded', () => {
    expect(folded.filter((op) => !foldable.some(([, model]) => operatorsOf(model).includes(op)))).toEqual([]);
  });

  it.each(foldable)('leaves nothing to run, and the same values: %s', async (_name, original) => {
    const model = frozen(original);
    const prepared = prepareModel(model).model;
    expect(new Set(operatorsOf(prepared))).toEqual(new Set(['Identity']));
    await expectSame(prepared, model, 1e-6);
  });

  it('does not unfold a few numbers into gigabytes', () => {
    const model = modelOf({
      nodes: [node('Expand', ['one', 'huge'], ['big']), node('ReduceSum', ['big'], ['s'], { keepdims: 0 }), node('Add', ['x', 's'], ['y'])],
      constants: [floatTensor('one', [1], new Float32Array(1)), intTensor('huge', [2], [100_000, 100_000])],
    });
    expect(operatorsOf(prepareModel(model).model)).toContain('Expand');
  });

  it('does not believe a file that states a fixed batch for a dynamic one', async () => {
    const model = modelOf({
      inputs: [info('x', ['N', 3, 4])],
      outputs: [info('y', [1, 12])],
      nodes: [
        node('Shape', ['x'], ['s']),
        node('Gather', ['s', 'zero'], ['n'], { axis: 0 }),
        node('Concat', ['n', 'rest'], ['t'], { axis: 0 }),
        node('Relu', ['x'], ['r']),
        node('Reshape', ['r', 't'], ['y']),
      ],
      constants: [intTensor('zero', [1], [0]), intTensor('rest', [1], [-1])],
    });
    model.graph.values.set('r', info('r', [1, 3, 4]));
    const prepared = prepareModel(model).model;
    expect(operatorsOf(prepared)).toEqual(['Relu', 'Reshape']);
    expect(prepared.graph.outputs[0]?.shape).toEqual(['N', 12]);
    const feeds = { x: feedFor(info('x', [3, 3, 4])) };
    expectClose(await runModel(prepared, { feeds }), await runModel({ ...model, graph: { ...model.graph, outputs: [info('y')] } }, { feeds }), 0);
  });
});

describe('folding of BatchNormalization', () => {
  const norm = (channels: number, seed = 3): ReturnType<typeof floatTensor>[] => [
    floatTensor('gamma', [channels], noise(channels, seed)),
    floatTensor('beta', [channels], noise(channels, seed + 1)),
    floatTensor('mean', [channels], noise(channels, seed + 2)),
    floatTensor('variance', [channels], noise(channels, seed + 3).map(Math.abs)),
  ];
  const normNode = (input: string, output: string): ReturnType<typeof node> =>
    node('BatchNormalization', [input, 'gamma', 'beta', 'mean', 'variance'], [output], { epsilon: 1e-3 });
  const weights = (dims: number[], name = 'w'): ReturnType<typeof floatTensor> =>
    floatTensor(
      name,
      dims,
      noise(
        dims.reduce((a, b) => a * b, 1),
        9,
      ),
    );
  const image = [info('x', [2, 4, 7, 6])];
  const flat = [info('x', [3, 5])];
  const bias = (dims: number[]): ReturnType<typeof floatTensor> => weights(dims, 'c');

  const cases: [string, Parameters<typeof modelOf>[0]][] = [
    ['Conv without bias', { inputs: image, nodes: [node('Conv', ['x', 'w'], ['a']), normNode('a', 'y')], constants: [weights([6, 4, 3, 3]), ...norm(6)] }],
    [
      'Conv with groups and bias',
      {
        inputs: image,
        nodes: [node('Conv', ['x', 'w', 'c'], ['a'], { group: 2 }), normNode('a', 'y')],
        constants: [weights([6, 2, 3, 3]), bias([6]), ...norm(6)],
      },
    ],
    [
      'ConvTranspose with groups and bias',
      {
        inputs: image,
        nodes: [node('ConvTranspose', ['x', 'w', 'c'], ['a'], { group: 2 }), normNode('a', 'y')],
        constants: [weights([4, 3, 3, 3]), bias([6]), ...norm(6)],
      },
    ],
    ['Gemm', { inputs: flat, nodes: [node('Gemm', ['x', 'w', 'c'], ['a']), normNode('a', 'y')], constants: [weights([5, 6]), bias([6]), ...norm(6)] }],
    [
      'Gemm with everything',
      {
        inputs: flat,
        nodes: [node('Gemm', ['x', 'w', 'c'], ['a'], { transB: 1, alpha: 0.5, beta: 2.5 }), normNode('a', 'y')],
        constants: [weights([6, 5]), bias([1]), ...norm(6)],
      },
    ],
  ];
  it.each(cases)('%s', async (_name, parts) => {
    const original = modelOf(parts);
    const prepared = prepareModel(original).model;
    expect(prepared.graph.nodes.map((n) => n.name)).toEqual([original.graph.nodes[0]?.name]);
    expect(prepared.graph.nodes[0]?.outputs).toEqual(['y']);
    await expectSame(prepared, original);
  });

  it('leaves shared weights to the others', async () => {
    const original = modelOf({
      inputs: image,
      outputs: [info('y', null, 'other'), info('z', null, 'other')],
      nodes: [node('Conv', ['x', 'w'], ['a']), normNode('a', 'y'), node('Conv', ['x', 'w'], ['z'])],
      constants: [weights([6, 4, 3, 3]), ...norm(6)],
    });
    const prepared = prepareModel(original).model;
    expect(operatorsOf(prepared)).toEqual(['Conv', 'Conv']);
    await expectSame(prepared, original);
  });

  it.each([
    ['two nodes read what is between', { inputs: image, nodes: [node('Conv', ['x', 'w'], ['a']), normNode('a', 'b'), node('Add', ['a', 'b'], ['y'])] }],
    [
      'it is an output',
      { inputs: image, outputs: [info('y', null, 'other'), info('a', null, 'other')], nodes: [node('Conv', ['x', 'w'], ['a']), normNode('a', 'y')] },
    ],
  ])('does not fold where %s', async (_name, parts) => {
    const original = modelOf({ ...parts, constants: [weights([6, 4, 3, 3]), ...norm(6)] });
    const { model, notes } = prepareModel(original);
    expect(operatorsOf(model)).toContain('BatchNormalization');
    expect(notes.map((n) => n.code)).toContain('prepared-not-folded');
    await expectSame(model, original);
  });
});

describe('what does nothing', () => {
  it('is removed, and outputs keep their names', async () => {
    const original = modelOf({
      outputs: [info('y', null, 'other'), info('z', null, 'other'), info('same', null, 'other'), info('constant', null, 'other')],
      nodes: [
        node('Identity', ['x'], ['a']),
        node('Relu', ['a'], ['b']),
        node('Identity', ['b'], ['c']),
        node('Identity', ['c'], ['y']),
        node('Neg', ['c'], ['z']),
        node('Identity', ['x'], ['same']),
        node('Identity', ['w'], ['constant']),
        node('Exp', ['b'], ['dead']),
        node('Mul', ['dead', 'w'], ['deader']),
      ],
      constants: [floatTensor('w', [3], noise(3)), floatTensor('unused', [3], noise(3))],
    });
    const { model } = prepareModel(original);
    expect(operatorsOf(model)).toEqual(['Relu', 'Neg', 'Identity', 'Identity']);
    expect([...model.graph.constants.keys()]).toEqual(['w']);
    expect([...model.graph.values.keys()].sort()).toEqual(['constant', 'same', 'x', 'y', 'z']);
    await expectSame(model, original, 0);
  });

  it('keeps a Dropout whose mask is read', async () => {
    const original = modelOf({
      outputs: [info('y', null, 'other'), info('mask', null, 'other')],
      nodes: [node('Dropout', ['x'], ['a', 'mask']), node('Relu', ['a'], ['y'])],
    });
    await expectSame(prepareModel(original).model, original, 0);
  });
});
