import { describe, expect, it } from 'vitest';
import type { Model, Node, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { inspectModel } from '../../../src-main/core/onnx/inspect.ts';
import { unknownTensors } from '../../../src-main/core/onnx/observed.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { assertQuantizable } from '../../../src-main/core/onnx/support.ts';
import { floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { info, modelOf, node } from './build.ts';

type Link = (from: string, to: string, constants: Tensor[]) => Node[];

/** Links of a chain until there are so many nodes. */
function chain(count: number, opset: number, link: Link): Model {
  const nodes: Node[] = [];
  const constants: Tensor[] = [];
  let last = 'x';
  for (let i = 0; nodes.length < count; i++) {
    nodes.push(...link(last, `t${i}`, constants));
    last = `t${i}`;
  }
  nodes.push(node('Relu', [last], ['y']));
  return modelOf({ inputs: [info('x', ['N', 4, 8, 8])], nodes, constants }, opset);
}

const links: [string, number, Link][] = [
  [
    'convolutions, norms, factors, activations and identities',
    13,
    (from, to, constants) => {
      const four = (name: string): Tensor => floatTensor(name, [4], new Float32Array(4).fill(0.5));
      constants.push(floatTensor(`${to}w`, [4, 4, 1, 1], new Float32Array(16).fill(0.25)), four(`${to}s`));
      const norm = [`${to}s`, `${to}s`, `${to}s`, `${to}s`];
      return [
        node('Constant', [], [`${to}k`], { value: floatTensor('', [4, 1, 1], new Float32Array(4).fill(2)) }),
        node('Conv', [from, `${to}w`], [`${to}a`]),
        node('BatchNormalization', [`${to}a`, ...norm], [`${to}b`]),
        node('Mul', [`${to}b`, `${to}k`], [`${to}c`]),
        node('Relu', [`${to}c`], [`${to}d`]),
        node('Identity', [`${to}d`], [to]),
      ];
    },
  ],
  ['identities alone', 13, (from, to) => [node('Identity', [from], [to])]],
  ['residual blocks', 13, (from, to) => [node('Relu', [from], [`${to}a`]), node('Add', [from, `${to}a`], [to])]],
  // Every one of them becomes four nodes.
  ['conversions, of nodes that all have one name', 7, (from, to) => [{ ...node('Softmax', [from], [to]), name: 'same' }]],
];

/** A pass that searched the graph for every node would take minutes; a recursion along the chain would end in a stack overflow. */
describe('models of thousands of nodes', () => {
  it.each(links.flatMap(([label, opset, link]) => [3_000, 30_000].map((count) => [count, label, opset, link] as const)))(
    'read, inspect and prepare %i %s',
    { timeout: 60_000 },
    (count, _label, opset, link) => {
      const bytes = writeModel(chain(count, opset, link));
      const start = performance.now();
      const model = readModel(bytes);
      inspectModel(model);
      assertQuantizable(model);
      expect(unknownTensors(prepareModel(model, { opset: 21 }).model)).toEqual([]);
      expect(performance.now() - start).toBeLessThan(count);
    },
  );

  it('one node that reads all others, in a file that is out of order', { timeout: 60_000 }, () => {
    const parts = Array.from({ length: 30_000 }, (_, i) => ({ ...node('Relu', ['x'], [`t${i}`]), name: 'same' }));
    const all = node('Concat', parts.map(({ outputs }) => outputs[0] as string), ['y'], { axis: 1 }); // prettier-ignore
    const bytes = writeModel(modelOf({ inputs: [info('x', [1, 4])], nodes: [all, ...parts] }));
    const start = performance.now();
    const { model } = prepareModel(readModel(bytes));
    expect(model.graph.outputs[0]?.shape).toEqual([1, 120_000]);
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});
