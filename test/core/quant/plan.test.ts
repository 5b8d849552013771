import { describe, expect, it } from 'vitest';
import { CalibrantError } from '../../../src-main/contract/errors.ts';
import { intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { planQuantization } from '../../../src-main/core/quant/plan.ts';
import type { Plan } from '../../../src-main/core/quant/types.ts';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { constant, modelOf, node, noise, recipe } from './build.ts';

/** x → Conv → activation → y, with the activation's constants. */
function toy(activation: Model['graph']['nodes'][number], extra: Model['graph']['nodes'] = []): Model {
  return modelOf({
    inputs: { x: [1, 2, 4, 4] },
    outputs: { y: [1, 3, 4, 4] },
    nodes: [node('Conv', ['x', 'w', 'b'], ['c']), activation, ...extra],
    constants: [
      constant('w', [3, 2, 1, 1], [...noise(6)]),
      constant('b', [3], [0.1, 0.2, 0.3]),
      constant('low', [], [-1]),
      constant('zero', [], [0]),
      constant('one', [], [1]),
      constant('six', [], [6]),
    ],
  });
}

/** What all schemes here have in common. */
const whole = { codes: 'restricted', blockSize: null } as const;

const placementOf = (plan: Plan, name: string): string => plan.placements.find(({ node }) => node === name)?.reason ?? 'none';
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof CalibrantError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing thrown';
};

describe('activation functions', () => {
  const relu = toy(node('Relu', ['c'], ['y']));

  it('disappear in the range of their output, whose name the producer takes over', () => {
    const plan = planQuantization(relu, recipe());
    expect(placementOf(plan, 'Relu_y')).toBe('fused: Relu disappears in the range of y');
    expect(placementOf(plan, 'Conv_c')).toBe('integer: Conv of quantized values with constant weights');
    expect(plan.model.graph.nodes.map(({ op, outputs }) => [op, ...outputs])).toEqual([['Conv', 'y']]);
    expect(plan.prepared.graph.nodes).toHaveLength(2);
    expect(plan.observed).toEqual(['x', 'y']);
  });

  it.each([
    ['Clip(0, 6)', node('Clip', ['c', 'zero', 'six'], ['y']), 'fused: Clip disappears in the range of y'],
    ['Clip(-1, 1)', node('Clip', ['c', 'low', 'one'], ['y']), 'fused: Clip disappears in the range of y'],
    ['Clip(, 6)', node('Clip', ['c', '', 'six'], ['y']), 'fused: Clip disappears in the range of y'],
    ['Clip(1, 6)', node('Clip', ['c', 'one', 'six'], ['y']), 'integer: Clip is computed between dequantized values, since its lower bound 1 is above zero'],
    ['Clip(, -1)', node('Clip', ['c', '', 'low'], ['y']), 'integer: Clip is computed between dequantized values, since its upper bound -1 is below zero'],
  ])('%s', (_name, activation, reason) => {
    const plan = planQuantization(toy(activation), recipe());
    expect(placementOf(plan, 'Clip_y')).toBe(reason);
  });

  it('stay where a symmetric range does not end at their bounds, and lend their range to their input', () => {
    const plan = planQuantization(relu, recipe({ activations: 'int8', symmetricActivations: true }));
    expect(placementOf(plan, 'Relu_y')).toMatch(/^integer: .*symmetric/);
    expect(plan.observed).toEqual(['x', 'y']);
    expect(plan.activations.find(({ name }) => name === 'c')?.range).toEqual({ from: 'observed', observe: ['y'] });
  });

  it('stay where their input is used otherwise', () => {
    const model = toy(node('Relu', ['c'], ['r']), [node('Add', ['r', 'c'], ['y'])]);
    const plan = planQuantization(model, recipe());
    expect(placementOf(plan, 'Relu_r')).toMatch(/^integer: .*other consumers/);
    expect(plan.observed).toEqual(['x', 'c', 'r', 'y']);
  });

  it('stay where their input is an output of the model', () => {
    const model = toy(node('Relu', ['c'], ['y']));
    const both = { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, { name: 'c', type: 'float32' as const, shape: null }] } };
    const plan = planQuantization(both, recipe());
    expect(placementOf(plan, 'Relu_y')).toMatch(/^integer: .*output of the model/);
    expect(plan.activations.find(({ name }) => name === 'c')?.range).toEqual({ from: 'observed', observe: ['c'] });
  });

  it('stay where only a body of an If uses their input besides', () => {
    const body = modelOf({ inputs: {}, outputs: { inner: [] }, nodes: [node('Neg', ['c'], ['inner'])] }).graph;
    const branch = node('If', ['cond'], ['other']);
    branch.attributes.set('then_branch', { kind: 'graph', value: body });
    const plan = planQuantization(toy(node('Relu', ['c'], ['y']), [branch]), recipe());
    expect(placementOf(plan, 'Relu_y')).toMatch(/^integer: .*other consumers/);
    expect(placementOf(plan, 'If_other')).toMatch(/^float: If has a graph of its own inside/);
  });
});

describe('the plan', () => {
  const chain = modelOf({
    inputs: { x: [1, 2, 4, 4] },
    outputs: { y: [1, 32] },
    nodes: [
      node('Transpose', ['x'], ['t'], { perm: [0, 1, 3, 2] }),
      node('Conv', ['t', 'w'], ['c']),
      node('MaxPool', ['c'], ['m'], { kernel_shape: [1, 1] }),
      node('Exp', ['m'], ['e']),
      node('Mul', ['e', 'gain'], ['g']),
      node('Softmax', ['g'], ['s']),
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'index'], ['dim']),
      node('Reshape', ['s', 'to'], ['y']),
    ],
    constants: [constant('w', [2, 2, 1, 1], [1, 2, 3, 4]), constant('gain', [1], [-0.5]), intTensor('index', [], [0]), intTensor('to', [2], [1, 32])],
    types: { shape: 'int64', dim: 'int64' },
  });

  it('says of every node what becomes of it', () => {
    expect(planQuantization(chain, recipe()).placements.map(({ op, reason }) => `${op} ${reason}`)).toEqual([
      'Transpose float: its input x stays float',
      'Conv integer: Conv of quantized values with constant weights',
      'MaxPool integer: MaxPool keeps the parameters of c',
      'Exp float: operator Exp has no integer form in ONNX Runtime',
      'Mul integer: Mul of quantized values',
      'Softmax integer: Softmax of quantized values',
      'Shape float: operator Shape has no integer form in ONNX Runtime',
      'Gather float: it works on int64 values',
      'Reshape integer: Reshape keeps the parameters of s',
    ]);
  });

  it('observes only what needs a range, and gives element-wise constants the activation type', () => {
    const plan = planQuantization(chain, recipe());
    expect(plan.observed).toEqual(['t', 'c', 'e', 'g']);
    expect(Object.fromEntries(plan.activations.map(({ name, range }) => [name, range]))).toMatchObject({
      m: { from: 'shared', with: 'c' },
      s: { from: 'fixed', min: 0, max: 1, by: 'Softmax' },
      y: { from: 'shared', with: 's' },
    });
    expect(plan.weights).toEqual([
      { name: 'w', scheme: { ...whole, type: 'int8', symmetric: true, axis: 0 }, nodes: ['Conv_c'], channelAxis: 0, given: null },
      { name: 'gain', scheme: { ...whole, type: 'uint8', symmetric: false, axis: null }, nodes: ['Mul_g'], channelAxis: null, given: null },
    ]);
  });

  it('takes codes where the recipe wants them, also through what only moves the input', () => {
    const plan = planQuantization(chain, recipe({ inputType: 'quantized' }));
    expect(placementOf(plan, 'Transpose_t')).toBe('integer: Transpose keeps the parameters of x');
    expect(plan.activations.find(({ name }) => name === 't')?.range).toEqual({ from: 'shared', with: 'x' });
    expect(plan.io).toEqual({ inputs: 'quantized', outputs: 'float' });
  });

  it('keeps excluded nodes float, by name or by regular expression', () => {
    const plan = planQuantization(chain, recipe({ exclude: ['Conv.*', 'Softmax_s'] }));
    expect(placementOf(plan, 'Conv_c')).toBe('float: excluded by the recipe (--exclude Conv.*)');
    expect(placementOf(plan, 'MaxPool_m')).toBe('float: its input c stays float');
    expect(placementOf(plan, 'Softmax_s')).toBe('float: excluded by the recipe (--exclude Softmax_s)');
    expect(plan.observed).toEqual(['e', 'g']);
  });

  it.each([
    ['an exclusion that matches nothing', { exclude: ['Conv_c', 'Conv_d'] }, /^recipe-invalid: .*“Conv_d”/],
    ['part of a name', { exclude: ['Conv'] }, /^recipe-invalid: .*“Conv”/],
    ['what is neither a name nor an expression', { exclude: ['Conv[0'] }, /^recipe-invalid: .*“Conv\[0”/],
    ['int8 activations with uint8 weights', { activations: 'int8', weights: 'uint8' }, /^recipe-invalid: /],
    ['everything excluded', { exclude: ['.*'] }, /^model-nothing-to-quantize: .*excluded by the recipe/],
  ] as const)('refuses %s', (_name, changes, message) => {
    expect(codeOf(() => planQuantization(chain, recipe({ ...changes, exclude: [...('exclude' in changes ? changes.exclude : [])] })))).toMatch(message);
  });

  it('refuses a model that is quantized already', () => {
    const model = toy(node('DequantizeLinear', ['c', 'one'], ['y']));
    expect(codeOf(() => planQuantization(model, recipe()))).toMatch(/^model-already-quantized: .*qdq/);
  });

  it('leaves convolutions float whose weights or biases are computed at run time', () => {
    const model = modelOf({
      inputs: { x: [1, 2, 4, 4], w: [3, 2, 1, 1], b: [3] },
      outputs: { y: [1, 3, 4, 4], z: [1, 3, 4, 4], u: [1, 3, 4, 4] },
      nodes: [node('Conv', ['x', 'w'], ['y']), node('Conv', ['x', 'k', 'b'], ['z']), node('Conv', ['x', 'k'], ['u'])],
      constants: [constant('k', [3, 2, 1, 1], [...noise(6)])],
    });
    const plan = planQuantization(model, recipe());
    expect(plan.placements.map(({ reason }) => reason)).toEqual([
      'float: its weights are not constant',
      'float: its bias is not constant',
      'integer: Conv of quantized values with constant weights',
    ]);
  });

  it('stores weights that nodes share along different axes once, per tensor, and says so', () => {
    const model = modelOf({
      inputs: { x: [1, 4] },
      outputs: { y: [1, 4], z: [1, 4] },
      nodes: [node('Gemm', ['x', 'w'], ['y'], { transB: 1 }), node('MatMul', ['x', 'w'], ['z'])],
      constants: [constant('w', [4, 4], [...noise(16)])],
    });
    const plan = planQuantization(model, recipe());
    expect(plan.weights).toMatchObject([{ name: 'w', scheme: { type: 'int8', symmetric: true, axis: null }, nodes: ['Gemm_y', 'MatMul_z'], channelAxis: 0 }]);
    expect(plan.warnings.map(({ code }) => code)).toEqual(['weight-shared']);
  });
});
