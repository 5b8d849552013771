import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Model, Node, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { unknownTensors } from '../../../src-main/core/onnx/observed.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { elementCount, floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { graphOf, info, modelOf, node } from './build.ts';
import { expectClose } from './equal.ts';
import { feedFor, noise, runModel } from './run.ts';

interface Choice {
  kind: number;
  a: number;
  b: number;
  output: boolean;
}

const floats = (name: string, dims: number[], seed: number): Tensor => floatTensor(name, dims, noise(elementCount(dims), seed));
const SHAPE = [1, 4, 3, 3];

/** Weights of a few kinds that all nodes share, so that folding has to copy them. */
const constants = [
  ...[0, 1].map((i) => floats(`w${i}`, [4, 4, 1, 1], 10 + i)),
  ...[0, 1].map((i) => floats(`c${i}`, [4, 1, 1], 20 + i)),
  ...['s', 'o', 'm'].map((name, i) => floats(name, [4], 30 + i)),
  floatTensor(
    'v',
    [4],
    noise(4, 40).map((value) => Math.abs(value) + 0.5),
  ),
  intTensor('flag', [], [1], 'bool'),
];

/** A graph in which every tensor has the same shape; each node reads any tensors before it, some of them from inside a body. */
function graphFrom(choices: Choice[], opset: number): Model {
  const tensors = ['x'];
  const outputs: string[] = [];
  const nodes = choices.map(({ kind, a, b, output }, i): Node => {
    const [left, right] = [a, b].map((pick) => tensors[pick % tensors.length] as string) as [string, string];
    const name = `t${i}`;
    tensors.push(name);
    if (output || i === choices.length - 1) outputs.push(name);
    const body = (op: string): { kind: 'graph'; value: ReturnType<typeof graphOf> } => ({
      kind: 'graph',
      value: graphOf({ inputs: [], outputs: [info(`${name}${op}`)], nodes: [node(op, [left, right], [`${name}${op}`])] }),
    });
    const kinds: (() => Node)[] = [
      () => node('Conv', [left, `w${b % 2}`], [name]),
      () => node('Conv', [left, `w${b % 2}`, 'o'], [name]),
      () => node('ConvTranspose', [left, `w${b % 2}`], [name]),
      () => node('BatchNormalization', [left, 's', 'o', 'm', 'v'], [name]),
      () => node('Mul', [left, `c${b % 2}`], [name]),
      () => node('Sub', [`c${b % 2}`, left], [name]),
      () => node('Add', [left, right], [name]),
      () => node('Identity', [left], [name]),
      () => node('Dropout', [left], [name]),
      () => node('Softmax', [left], [name], { axis: 1 }),
      () => node('Tanh', [left], [name]),
      () => node('If', [b % 2 ? 'flag' : 'choice'], [name], { then_branch: body('Add'), else_branch: body('Sub') }),
    ];
    return (kinds[kind % kinds.length] as () => Node)();
  });
  return modelOf(
    { inputs: [info('x', SHAPE), info('choice', [], 'bool')], outputs: outputs.map((name) => info(name, null, 'other')), nodes, constants },
    opset,
  );
}

describe('any graph', () => {
  it('computes the same after preparation, and all of its shapes are known', async () => {
    const choice = fc.record({ kind: fc.nat(11), a: fc.nat(100), b: fc.nat(100), output: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(choice, { minLength: 1, maxLength: 14 }), fc.constantFrom(11, 13), fc.constantFrom(13, 21), async (choices, opset, target) => {
        const original = graphFrom(choices, opset);
        const { model } = prepareModel(original, { opset: target });
        expect(unknownTensors(model)).toEqual([]);
        const feeds = Object.fromEntries(original.graph.inputs.map((input) => [input.name, feedFor(input)]));
        expectClose(await runModel(readModel(writeModel(model)), { feeds }), await runModel(original, { feeds }), 1e-4);
      }),
      { numRuns: 150, seed: 11 },
    );
  });
});
