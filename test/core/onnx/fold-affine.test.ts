import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Model, Node, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { elementCount, floatsOf, floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { constantOf, info, modelOf, node } from './build.ts';
import { expectClose } from './equal.ts';
import { feedFor, noise, runModel } from './run.ts';

type Parts = Parameters<typeof modelOf>[0];

const floats = (name: string, dims: number[], seed = 9): Tensor => floatTensor(name, dims, noise(elementCount(dims), seed));
const operatorsOf = (model: Model): string[] => model.graph.nodes.map((n) => n.op);
const image = [info('x', [2, 4, 7, 6])];
const conv = node('Conv', ['x', 'w', 'b'], ['a']);
const weights = [floats('w', [6, 4, 3, 3]), floats('b', [6], 4)];

async function expectSame(prepared: Model, original: Model): Promise<void> {
  const feeds = Object.fromEntries(original.graph.inputs.map((input, i) => [input.name, feedFor(input, 2, i + 1)]));
  expectClose(await runModel(prepared, { feeds }), await runModel(original, { feeds }), 1e-5);
}

describe('folding of what scales and shifts', () => {
  const folds: [string, Parts][] = [
    ['x · c, a constant per channel', { nodes: [conv, node('Mul', ['a', 'c'], ['y'])], constants: [floats('c', [6, 1, 1])] }],
    ['c · x, with a batch axis', { nodes: [conv, node('Mul', ['c', 'a'], ['y'])], constants: [floats('c', [1, 6, 1, 1])] }],
    ['x + c, one for all', { nodes: [conv, node('Add', ['a', 'c'], ['y'])], constants: [floats('c', [])] }],
    ['x − c', { nodes: [conv, node('Sub', ['a', 'c'], ['y'])], constants: [floats('c', [1, 1])] }],
    ['c − x', { nodes: [conv, node('Sub', ['c', 'a'], ['y'])], constants: [floats('c', [6, 1, 1])] }],
    ['x / c', { nodes: [conv, node('Div', ['a', 'c'], ['y'])], constants: [floats('c', [6, 1, 1])] }],
    [
      'a chain of all of them',
      {
        nodes: [conv, node('Mul', ['a', 'c'], ['d']), node('Add', ['d', 'e'], ['f']), node('Div', ['f', 'e'], ['g']), node('Sub', ['c', 'g'], ['y'])],
        constants: [floats('c', [6, 1, 1]), floats('e', [1], 5)],
      },
    ],
  ].map(([label, parts]): [string, Parts] => {
    const { nodes, constants = [] } = parts as Parts;
    return [label as string, { inputs: image, nodes, constants: [...weights, ...constants] }];
  });
  it.each([
    ...folds,
    [
      'without a bias',
      { inputs: image, nodes: [node('Conv', ['x', 'w'], ['a']), node('Add', ['a', 'b'], ['y'])], constants: [floats('w', [1, 4, 3, 3]), floats('b', [])] },
    ],
    [
      'ConvTranspose with groups',
      {
        inputs: image,
        nodes: [node('ConvTranspose', ['x', 'w'], ['a'], { group: 2 }), node('Mul', ['a', 'c'], ['y'])],
        constants: [floats('w', [4, 3, 3, 3]), floats('c', [6, 1, 1])],
      },
    ],
    [
      'Gemm with alpha, beta and a transposed matrix',
      {
        inputs: [info('x', [3, 5])],
        nodes: [node('Gemm', ['x', 'w', 'b'], ['a'], { transB: 1, alpha: 0.5, beta: 2.5 }), node('Div', ['a', 'c'], ['d']), node('Add', ['d', 'c'], ['y'])],
        constants: [floats('w', [6, 5]), floats('b', [1, 6]), floats('c', [6], 3)],
      },
    ],
  ] as [string, Parts][])('%s', async (_label, parts) => {
    const original = modelOf(parts);
    const { model, notes } = prepareModel(original);
    expect(model.graph.nodes.map((n) => [n.name, n.outputs])).toEqual([[original.graph.nodes[0]?.name, ['y']]]);
    expect(notes.map((n) => n.message).join()).toMatch(/folded into the weights .*: \d/);
    await expectSame(model, original);
  });

  it('adds no bias where nothing is shifted', () => {
    const parts = {
      inputs: image,
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['y'])],
      constants: [floats('w', [6, 4, 3, 3]), floats('c', [])],
    };
    expect(prepareModel(modelOf(parts)).model.graph.nodes[0]?.inputs).toEqual(['x', 'w']);
  });

  const stays: [string, Parts][] = [
    ['a constant per column', { inputs: image, nodes: [conv, node('Mul', ['a', 'c'], ['y'])], constants: [...weights, floats('c', [4])] }],
    ['a constant per sample', { inputs: image, nodes: [conv, node('Mul', ['a', 'c'], ['y'])], constants: [...weights, floats('c', [2, 1, 1, 1])] }],
    ['a constant of higher rank', { inputs: image, nodes: [conv, node('Mul', ['a', 'c'], ['y'])], constants: [...weights, floats('c', [1, 1, 6, 1, 1])] }],
    [
      'one channel that becomes many',
      {
        inputs: image,
        nodes: [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['y'])],
        constants: [floats('w', [1, 4, 3, 3]), floats('c', [6, 1, 1])],
      },
    ],
    [
      'as many columns as channels',
      { inputs: image, nodes: [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['y'])], constants: [floats('w', [4, 4, 3, 3]), floats('c', [4])] },
    ],
    ['a division of a constant', { inputs: image, nodes: [conv, node('Div', ['c', 'a'], ['y'])], constants: [...weights, floats('c', [])] }],
    [
      'what is between being read twice',
      { inputs: image, nodes: [conv, node('Mul', ['a', 'c'], ['d']), node('Sub', ['d', 'a'], ['y'])], constants: [...weights, floats('c', [])] },
    ],
    [
      'what is between being an output',
      { inputs: image, outputs: [info('y'), info('a')], nodes: [conv, node('Mul', ['a', 'c'], ['y'])], constants: [...weights, floats('c', [])] },
    ],
    [
      'computed weights',
      {
        inputs: [...image, info('w', [6, 4, 3, 3])],
        nodes: [conv, node('BatchNormalization', ['a', 'b', 'b', 'b', 'v'], ['y'])],
        constants: [floats('b', [6]), floatTensor('v', [6], new Float32Array(6).fill(2))],
      },
    ],
    [
      'weights that would become infinite',
      {
        inputs: image,
        nodes: [conv, node('Mul', ['a', 'c'], ['d']), node('Mul', ['d', 'z'], ['y'])],
        constants: [...weights, floatTensor('c', [], new Float32Array([3e38])), floatTensor('z', [], new Float32Array([1e30]))],
      },
    ],
  ];
  it.each(stays)('leaves alone, and says so: %s', async (_label, parts) => {
    const original = modelOf(parts);
    const { model, notes } = prepareModel(original);
    expect(operatorsOf(model)).toEqual(operatorsOf(original));
    expect(notes.map((n) => n.code)).toContain('prepared-not-folded');
    await expectSame(model, original);
  });

  it('leaves MatMul with its Add alone', () => {
    const parts = {
      inputs: [info('x', [3, 5])],
      nodes: [node('MatMul', ['x', 'w'], ['a']), node('Add', ['a', 'c'], ['y'])],
      constants: [floats('w', [5, 6]), floats('c', [6])],
    };
    expect(prepareModel(modelOf(parts))).toMatchObject({ notes: [], model: { graph: { nodes: [{ op: 'MatMul' }, { op: 'Add' }] } } });
  });

  it('copies weights and biases that others read, or that are outputs', async () => {
    const parts = {
      inputs: image,
      outputs: [info('y'), info('z'), info('w'), info('b')],
      nodes: [conv, node('Mul', ['a', 'c'], ['y']), node('Conv', ['x', 'w', 'b'], ['z'])],
      constants: [...weights, floats('c', [6, 1, 1])],
    };
    const original = modelOf(parts);
    const { model } = prepareModel(original);
    expect(operatorsOf(model)).toEqual(['Conv', 'Conv']);
    expect(floatsOf(constantOf(model.graph, 'w'))).toEqual(floatsOf(weights[0] as Tensor));
    await expectSame(model, original);
  });

  it('does not take a bias for its own because of its name', async () => {
    const named = { ...node('Conv', ['x', 'w'], ['a']), name: 'conv' };
    const parts = {
      inputs: image,
      outputs: [info('y'), info('z')],
      nodes: [named, node('Add', ['a', 'c'], ['y']), node('Add', ['x', 'conv_bias'], ['z'])],
      constants: [floats('w', [6, 4, 3, 3]), floats('c', [6, 1, 1]), floats('conv_bias', [4, 1, 1])],
    };
    const original = modelOf(parts);
    await expectSame(prepareModel(original).model, original);
  });

  it('does not mix up one constant that a node reads three times', async () => {
    const parts = {
      inputs: image,
      nodes: [node('Gemm', ['w', 'w', 'w'], ['a']), node('Mul', ['a', 'c'], ['y'])],
      constants: [floats('w', [1, 1]), floats('c', [])],
    };
    const original = modelOf(parts);
    await expectSame(prepareModel(original).model, original);
  });

  it('is exact for any chain behind any of them', async () => {
    const step = fc.record({
      op: fc.constantFrom('Mul', 'Add', 'Sub', 'Div', 'BatchNormalization'),
      left: fc.boolean(),
      perChannel: fc.boolean(),
      seed: fc.integer({ min: 1, max: 1e6 }),
    });
    const anchor = fc.constantFrom('Conv', 'ConvTranspose', 'Gemm');
    await fc.assert(
      fc.asyncProperty(
        anchor,
        fc.integer({ min: 1, max: 2 }),
        fc.boolean(),
        fc.array(step, { minLength: 1, maxLength: 4 }),
        async (op, group, biased, steps) => {
          const original = chain(op, group, biased, steps);
          const { model } = prepareModel(original);
          const divided = steps.some((s) => s.op === 'Div' && s.left);
          if (!divided) expect(operatorsOf(model)).toEqual([op]);
          await expectSame(model, original);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });
});

interface Step {
  op: string;
  left: boolean;
  perChannel: boolean;
  seed: number;
}

/** A node with weights for 6 output channels, and the steps behind it; constants lie in ±[0.5, 1.5] so that errors do not grow. */
function chain(op: string, group: number, biased: boolean, steps: Step[]): Model {
  const flat = op === 'Gemm';
  const shape = flat ? [6, 5] : op === 'Conv' ? [6, 4 / group, 3, 3] : [4, 6 / group, 3, 3];
  const nodes: Node[] = [node(op, biased ? ['x', 'w', 'b'] : ['x', 'w'], ['t0'], flat ? { transB: 1 } : { group })];
  const constants = [floats('w', shape), ...(biased ? [floats('b', [6])] : [])];
  const away = (count: number, seed: number): Float32Array => noise(count, seed).map((value) => value + Math.sign(value || 1) * 0.5);
  steps.forEach(({ op: kind, left, perChannel, seed }, i) => {
    const [from, to] = [`t${i}`, i === steps.length - 1 ? 'y' : `t${i + 1}`];
    if (kind === 'BatchNormalization') {
      const names = ['s', 'o', 'm', 'v'].map((part) => `${part}${i}`);
      constants.push(...names.map((name, k) => floatTensor(name, [6], k === 3 ? away(6, seed + k).map(Math.abs) : away(6, seed + k))));
      nodes.push(node(kind, [from, ...names], [to]));
      return;
    }
    constants.push(perChannel ? floatTensor(`c${i}`, flat ? [6] : [6, 1, 1], away(6, seed)) : floatTensor(`c${i}`, [], away(1, seed)));
    nodes.push(node(kind, left && kind !== 'Div' ? [`c${i}`, from] : [from, `c${i}`], [to]));
  });
  return modelOf({ inputs: [info('x', flat ? [3, 5] : [2, 4, 7, 6])], nodes, constants });
}
