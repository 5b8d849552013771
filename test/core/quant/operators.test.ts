import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import type { Model, Node, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { ONNXRUNTIME } from '../../../src-main/core/quant/rules/onnxruntime.ts';
import { QOPERATOR } from '../../../src-main/core/quant/rules/qoperator.ts';
import { info, modelOf, node } from '../onnx/build.ts';
import { noise } from '../onnx/run.ts';
import { images, pipeline, runAll, sqnrOf, type Pipeline } from './pipeline.ts';

const floats = (name: string, dims: number[], amplitude = 1, seed = 1): Tensor => floatTensor(name, dims, noise(dims.reduce((a, b) => a * b, 1), seed).map((v) => v * amplitude)); // prettier-ignore
const ints = (name: string, values: number[]): Tensor => intTensor(name, [values.length], values);
const real = (name: string, value: number): Tensor => floatTensor(name, [], Float32Array.of(value));
const float = (value: number) => ({ kind: 'float' as const, value });

type Placed = 'integer' | 'fused' | 'float';

interface Case {
  name: string;
  model: Model;
  /** Names of the nodes in question: all but the first. */
  nodes: Node[];
  /** In QDQ. */
  placement: Placed;
  /** In QOperator; by its table where not said. */
  qoperator?: Placed;
  /** Least SQNR in dB. */
  least: number;
}

type Attributes = Parameters<typeof node>[3];
interface Extras {
  inputs?: string[];
  outputs?: string[];
  placement?: Placed;
  qoperator?: Placed;
  least?: number;
  opset?: number;
  domain?: string;
}

/** x → LeakyRelu (so that there are codes to work on) → the operator → y. */
function single(op: string, shape: number[], attributes: Attributes = {}, constants: Tensor[] = [], extras: Extras = {}): Case {
  const { inputs = ['t', ...constants.map(({ name }) => name)], outputs = ['y'], opset = 13, domain = '' } = extras;
  const label = `${op} [${shape.join(', ')}] ${JSON.stringify(attributes)} ${constants.map((c) => `${c.name}[${c.dims.join(',')}]`).join(' ')}`;
  return several(label, shape, [node(op, inputs, outputs, attributes, domain)], constants, { opset, ...extras });
}

function several(name: string, shape: number[], nodes: Node[], constants: Tensor[], extras: Extras & { first?: Node[] } = {}): Case {
  const { placement = 'integer', qoperator, least = 30, opset = 13, domain = '' } = extras;
  const all = [...(extras.first ?? [node('LeakyRelu', ['x'], ['t'], { alpha: float(0.7) })]), ...nodes];
  const model = modelOf(
    { inputs: [info('x', shape)], outputs: [info('y', null, nodes.at(-1)?.op === 'ArgMax' ? 'int64' : 'float32')], nodes: all, constants },
    opset,
    domain ? { [domain]: 1 } : {},
  );
  return { name, model, nodes, placement, least, ...(qoperator ? { qoperator } : {}) };
}

const image = [1, 4, 9, 7];
const outputsTwo = { outputs: ['y', 'y2'] };

/** Gelu as PyTorch exports it: x·0.5·(1 + erf(x/√2)), in the order of its decomposition. */
const erfGelu = [
  node('Div', ['t', 'root'], ['g1']),
  node('Erf', ['g1'], ['g2']),
  node('Add', ['g2', 'one'], ['g3']),
  node('Mul', ['t', 'g3'], ['g4']),
  node('Mul', ['g4', 'half'], ['y']),
];
/** The approximation: x·0.5·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
const tanhGelu = [
  node('Pow', ['t', 'three'], ['g1']),
  node('Mul', ['g1', 'cubic'], ['g2']),
  node('Add', ['t', 'g2'], ['g3']),
  node('Mul', ['g3', 'slope'], ['g4']),
  node('Tanh', ['g4'], ['g5']),
  node('Add', ['g5', 'one'], ['g6']),
  node('Mul', ['t', 'half'], ['g7']),
  node('Mul', ['g7', 'g6'], ['y']),
];
const geluConstants = [real('root', Math.SQRT2), real('one', 1), real('half', 0.5), real('three', 3), real('cubic', 0.044715), real('slope', Math.sqrt(2 / Math.PI))]; // prettier-ignore

const CASES: Case[] = [
  single('Conv', image, { pads: [1, 1, 1, 1] }, [floats('w', [6, 4, 3, 3]), floats('b', [6], 2)]),
  single('Conv', image, { dilations: [2, 2], strides: [2, 1] }, [floats('w', [6, 4, 3, 3])]),
  single('Conv', image, { group: 4, auto_pad: 'SAME_UPPER' }, [floats('w', [8, 1, 3, 3]), floats('b', [8])]),
  single('Conv', [1, 4, 17], { pads: [2, 0] }, [floats('w', [3, 4, 5]), floats('b', [3])]),
  single('Conv', [1, 2, 5, 6, 4], {}, [floats('w', [3, 2, 2, 2, 2])]),
  single('ConvTranspose', image, { strides: [2, 2] }, [floats('w', [4, 3, 3, 3]), floats('b', [3], 2)]),
  single('ConvTranspose', image, { strides: [2, 2], group: 2, pads: [1, 0, 1, 1], output_padding: [1, 0] }, [floats('w', [4, 3, 3, 3]), floats('b', [6], 2)]),
  single('Gemm', [5, 12], { transB: 1 }, [floats('w', [8, 12]), floats('b', [8], 2)]),
  single('Gemm', [12, 5], { transA: 1 }, [floats('w', [12, 8]), floats('b', [8], 2)]),
  single('Gemm', [5, 12], { alpha: float(0.5), beta: float(1) }, [floats('w', [12, 8]), floats('b', [8], 2)]),
  single('Gemm', [5, 12], { alpha: float(2), beta: float(0.25), transB: 1 }, [floats('w', [8, 12]), floats('b', [8], 2)]),
  single('Gemm', [12, 5], { alpha: float(0.3), beta: float(3), transA: 1, transB: 1 }, [floats('w', [8, 12]), floats('b', [1], 2)]),
  single('Gemm', [5, 12], { alpha: float(-1) }, [floats('w', [12, 8]), floats('b', [8])], { placement: 'float' }),
  single('Gemm', [5, 12], {}, [floats('w', [12, 8]), floats('b', [5, 8])], { placement: 'float' }),
  single('MatMul', [5, 12], {}, [floats('w', [12, 8])]),
  single('MatMul', [2, 5, 12], {}, [floats('w', [12, 8])]),
  single('MatMul', [2, 5, 12], {}, [floats('w', [2, 12, 8])]),
  single('MatMul', [2, 3, 5, 12], {}, [floats('w', [3, 12, 8])]),
  single('MatMul', [2, 5, 12], {}, [floats('w', [12])], { qoperator: 'integer' }),
  single('MatMul', [12, 5], {}, [floats('w', [8, 12])], { inputs: ['w', 't'] }),
  several('MatMul of activations', [2, 5, 5], [node('MatMul', ['t', 'u'], ['y'])], [], {
    first: [node('LeakyRelu', ['x'], ['t']), node('Sigmoid', ['x'], ['u'])],
  }),
  several('Relu behind an Add', image, [node('Relu', ['a'], ['y'])], [floats('c', [4, 1, 1])], { first: [node('Add', ['x', 'c'], ['a'])], placement: 'fused' }),
  ...[
    [0, 6, 'fused'],
    [-1, 1, 'fused'],
    [0, 0.5, 'fused'],
    [1, 6, 'integer'],
    [-6, -1, 'integer'],
  ].map(([low, high, placement]) =>
    several(
      `Clip(${low}, ${high})`,
      image,
      [node('Clip', ['a', 'low', 'high'], ['y'])],
      [real('low', low as number), real('high', high as number), real('five', 5)],
      {
        first: [node('Mul', ['x', 'five'], ['a'])],
        placement: placement as Placed,
        qoperator: placement === 'integer' ? 'float' : 'fused',
      },
    ),
  ),
  single('LeakyRelu', image, { alpha: float(0.1) }),
  single('Sigmoid', image),
  single('Softmax', [3, 10], { axis: -1 }, [], { least: 20 }),
  single('Softmax', [3, 10], { axis: 0 }, [], { least: 20 }),
  single('Add', image, {}, [floats('c', [4, 1, 1])]),
  several('Add of a tensor to itself', image, [node('Add', ['t', 't'], ['y'])], []),
  single('Mul', image, {}, [floats('c', [1, 4, 1, 1])]),
  single('Sub', image, {}, [floats('c', [4, 1, 1])]),
  single('Div', image, {}, [floatTensor('c', [4, 1, 1], Float32Array.of(0.5, 2, -3, 0.01))], { least: 20 }),
  several('Div by an activation', image, [node('Div', ['t', 'u'], ['y'])], [], { first: [node('LeakyRelu', ['x'], ['t']), node('Sigmoid', ['x'], ['u'])], placement: 'float' }), // prettier-ignore
  single('Concat', image, { axis: 1 }, [floats('c', [1, 2, 9, 7], 3)]),
  several('Concat of Concat and of a MaxPool', image, [node('MaxPool', ['t'], ['p'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), node('Concat', ['p', 'u'], ['k'], { axis: 1 }), node('Concat', ['k', 't'], ['y'], { axis: 1 })], [], { first: [node('LeakyRelu', ['x'], ['t']), node('Sigmoid', ['x'], ['u'])] }), // prettier-ignore
  single('MaxPool', image, { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  single('AveragePool', image, { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] }),
  single('GlobalAveragePool', image, {}, [], { least: 20 }),
  single('GlobalMaxPool', image),
  single('Reshape', image, {}, [ints('s', [2, -1])]),
  single('Transpose', image, { perm: [0, 2, 3, 1] }),
  single('Squeeze', [1, 3, 1, 4], {}, [ints('a', [2])]),
  single('Unsqueeze', [3, 4], {}, [ints('a', [1])]),
  single('Flatten', image, { axis: 2 }),
  single('Resize', [1, 2, 4, 5], { mode: 'nearest' }, [floatTensor('s', [4], Float32Array.of(1, 1, 2, 1.5))], { inputs: ['t', '', 's'] }),
  single('Resize', [1, 2, 4, 5], { mode: 'linear' }, [floatTensor('s', [4], Float32Array.of(1, 1, 2, 1.5))], { inputs: ['t', '', 's'], least: 28 }),
  single('Resize', [1, 2, 4, 5], { mode: 'cubic' }, [floatTensor('s', [4], Float32Array.of(1, 1, 2, 1.5))], { inputs: ['t', '', 's'], placement: 'float' }),
  single('Slice', image, {}, [ints('s', [1]), ints('e', [3]), ints('a', [1])]),
  single('Pad', image, {}, [ints('p', [0, 0, 1, 2, 0, 0, 0, -1])]),
  single('Pad', image, { mode: 'edge' }, [ints('p', [0, 0, 1, 2, 0, 0, 0, 1])]),
  single('Pad', image, {}, [ints('p', [0, 0, 1, 2, 0, 0, 0, 0]), real('v', 100)], { placement: 'float' }),
  single('Split', [6, 4], { axis: 1 }, [ints('s', [1, 3])], outputsTwo),
  single('Gather', [5, 6], { axis: 1 }, [intTensor('i', [2, 2], [0, -1, 3, 5])]),
  single('GatherElements', [3, 3], { axis: 1 }, [intTensor('i', [3, 2], [0, 1, 2, 0, 1, 1])]),
  several('Where', [3, 8], [node('Where', ['cond', 't', 'c'], ['y'])], [floats('c', [8], 3), intTensor('cond', [3, 1], [1, 0, 1], 'bool')]),
  single('InstanceNormalization', image, {}, [floats('s', [4]), floats('b', [4])]),
  single('LayerNormalization', [2, 3, 8], { axis: -1 }, [floats('s', [8]), floats('b', [8])], { opset: 17 }),
  single('BatchNormalization', image, {}, [floats('s', [4]), floats('b', [4]), floats('m', [4]), floatTensor('v', [4], Float32Array.of(1, 2, 0.5, 0.2))]),
  single('TopK', [3, 9], { axis: 1 }, [ints('k', [4])], outputsTwo),
  single('CumSum', [3, 9], {}, [intTensor('a', [], [1])]),
  single('ArgMax', [3, 9], { axis: 1 }),
  several('EmbedLayerNormalization', [2, 3], [node('EmbedLayerNormalization', ['ids', '', 'words', 'places', '', 's', 's'], ['e', 'mask'], {}, 'com.microsoft'), node('Add', ['e', 'one'], ['y'])], [floats('words', [4, 8]), floats('places', [4, 8]), floats('s', [8]), real('one', 1), real('zero', 0), real('top', 3)], { first: [node('Clip', ['x', 'zero', 'top'], ['cl']), node('Cast', ['cl'], ['ids'], { to: 6 })], domain: 'com.microsoft' }), // prettier-ignore

  single('HardSwish', image, {}, [], { opset: 14 }),
  single('HardSigmoid', image, { alpha: float(0.3), beta: float(0.4) }),
  single('Tanh', image),
  single('Elu', image),
  single('PRelu', image, {}, [floats('s', [4, 1, 1])]),
  single('Pow', image, {}, [real('e', 2)]),
  single('Pow', image, {}, [real('e', 3)], { placement: 'float' }),
  single('ReduceMean', image, { axes: [2, 3] }, [], { least: 20 }),
  single('ReduceMean', image, {}, [ints('a', [2, 3])], { opset: 18, least: 20 }),
  single('Gelu', image, {}, [], { opset: 20 }),
  single('Gelu', image, {}, [], { domain: 'com.microsoft' }),
  several('Gelu of Erf', image, erfGelu, geluConstants, { qoperator: 'float' }),
  several('Gelu of Tanh', image, tanhGelu, geluConstants, { qoperator: 'float' }),
  several('SiLU', image, [node('Sigmoid', ['t'], ['g']), node('Mul', ['t', 'g'], ['y'])], []),
  single('DepthToSpace', [1, 8, 3, 3], { blocksize: 2 }),
  single('Exp', image, {}, [], { placement: 'float' }),
];

const BEYOND_THEM = ['HardSwish', 'HardSigmoid', 'Tanh', 'Sub', 'Div', 'ReduceMean', 'PRelu', 'Pow', 'Gelu'];
/** What ONNX Runtime's Python tool quantizes: the keys of its two registries. */
const OF_THE_PYTHON_TOOL = [
  'Conv', 'ConvTranspose', 'Gemm', 'Clip', 'Relu', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Resize', 'MaxPool', 'AveragePool', 'Slice',
  'Pad', 'MatMul', 'Split', 'Gather', 'GatherElements', 'Where', 'InstanceNormalization', 'LayerNormalization', 'BatchNormalization', 'TopK', 'CumSum',
  'Add', 'ArgMax', 'Concat', 'EmbedLayerNormalization', 'GlobalAveragePool', 'LeakyRelu', 'Mul', 'Sigmoid', 'Softmax',
]; // prettier-ignore

it('all operators that must be quantized are', () => {
  const tried = new Set(CASES.filter(({ placement }) => placement !== 'float').flatMap(({ nodes }) => nodes.map(({ op }) => op)));
  expect([...OF_THE_PYTHON_TOOL, ...BEYOND_THEM].filter((op) => !tried.has(op))).toEqual([]);
});

/** A reason for each node, and it begins with what the node is. */
function expectPlaced({ plan }: Pipeline, nodes: readonly Node[], wanted: Placed): void {
  expect(plan.placements.map(({ node: name }) => name)).toEqual(plan.prepared.graph.nodes.map(({ name }) => name));
  for (const { placement, reason } of plan.placements) expect(reason).toMatch(new RegExp(`^${placement}: .`));
  for (const { name } of nodes) expect(plan.placements.find(({ node: placed }) => placed === name)).toMatchObject({ node: name, placement: wanted });
}

describe.each(CASES)('$name', ({ model, nodes, placement, qoperator, least }) => {
  const given = images(model, 2, 2);

  it('as QDQ', async () => {
    for (const changes of [{}, { granularity: 'per-tensor', activations: 'int8' }] satisfies Partial<Recipe>[]) {
      const made = await pipeline(model, given, changes);
      expectPlaced(made, nodes, placement);
      expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(least);
      // As users run it, with whatever ONNX Runtime makes of it.
      expect(await sqnrOf(model, made.model, given, 'all')).toBeGreaterThan(least - 6);
    }
  });

  it('as QOperator', async () => {
    const byTable = (op: Node): Placed => (QOPERATOR.operators.has(op.op) ? placement : 'float');
    const made = await pipeline(model, given, { format: 'qoperator' });
    for (const each of nodes) expectPlaced(made, [each], qoperator ?? byTable(each));
    expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(least - 3);
    await runAll(made.model, given, 'all');
  });
});

it('a table names nothing twice', () => {
  for (const { operators } of [ONNXRUNTIME, QOPERATOR]) expect(new Set(operators.keys()).size).toBe(operators.size);
});
