import type * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Attribute, Graph, Model, Node } from '../../../src-main/core/onnx/graph.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { inferShapes } from '../../../src-main/core/onnx/shapes.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { graphOf, info, modelOf, node } from './build.ts';
import { expectClose } from './equal.ts';
import { feedFor, noise, runModel } from './run.ts';

type Parts = Parameters<typeof modelOf>[0];

const bodyOf = (parts: Parts): Attribute => ({ kind: 'graph', value: graphOf({ inputs: [], ...parts }) });
const operatorsOf = (model: Model): string[] => model.graph.nodes.map((n) => n.op);

/** y = flag ? then : else, each made of one operator on tensors of the graph around it. */
function branching(flag: string, yes: Node, no: Node): Node {
  const body = (inner: Node): Attribute => bodyOf({ outputs: [info(inner.outputs[0] as string)], nodes: [inner] });
  return node('If', [flag], ['y'], { then_branch: body(yes), else_branch: body(no) });
}

async function expectSame(prepared: Model, original: Model): Promise<void> {
  for (const seed of [1, 2, 5]) {
    const feeds: Record<string, ort.Tensor> = Object.fromEntries(original.graph.inputs.map((input, i) => [input.name, feedFor(input, 2, i + seed)]));
    expectClose(await runModel(prepared, { feeds }), await runModel(original, { feeds }), 1e-5);
  }
}

const flag = info('flag', [], 'bool');
const image = info('x', [2, 4, 5, 5]);
const weights = [floatTensor('w', [3, 4, 1, 1], noise(12)), floatTensor('c', [], new Float32Array([2.5]))];

/** Five turns; what is carried keeps its shape, and every turn adds a row to what is collected. */
function looping(inner: Node[], carried: string, made: string, inputs = [info('x', [1, 3])]): Model {
  const body = bodyOf({
    inputs: [info('turn', [], 'int64'), info('go', [], 'bool'), info('state', null)],
    outputs: [info('still', [], 'bool'), info(carried), info(made)],
    nodes: [node('Identity', ['go'], ['still']), ...inner],
  });
  const nodes = [node('Loop', ['five', 'true', 'x'], ['y', 'z'], { body })];
  return modelOf({
    inputs,
    outputs: [info('y', null, 'other'), info('z', null, 'other')],
    nodes,
    constants: [intTensor('five', [], [5]), intTensor('true', [], [1], 'bool')],
  });
}

describe('preparation of control flow', () => {
  const cases: [string, Parts, string[]][] = [
    [
      'what only a body reads stays',
      {
        inputs: [image, flag],
        nodes: [node('Relu', ['x'], ['a']), node('Neg', ['x'], ['dead']), branching('flag', node('Mul', ['a', 'c'], ['t']), node('Exp', ['a'], ['e']))],
        constants: weights,
      },
      ['Relu', 'If'],
    ],
    [
      'a body reads past an Identity',
      {
        inputs: [image, flag],
        nodes: [node('Relu', ['x'], ['a']), node('Identity', ['a'], ['b']), branching('flag', node('Neg', ['b'], ['t']), node('Exp', ['b'], ['e']))],
      },
      ['Relu', 'If'],
    ],
    [
      'a body reads what became constant',
      {
        inputs: [image, flag],
        nodes: [node('Add', ['c', 'c'], ['d']), branching('flag', node('Mul', ['x', 'd'], ['t']), node('Exp', ['x'], ['e']))],
        constants: weights,
      },
      ['If'],
    ],
    [
      'nothing is folded over a tensor that a body reads',
      {
        inputs: [image, flag],
        outputs: [info('y'), info('z')],
        nodes: [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['z']), branching('flag', node('Neg', ['a'], ['t']), node('Exp', ['a'], ['e']))],
        constants: weights,
      },
      ['Conv', 'Mul', 'If'],
    ],
    [
      'weights that a body reads are copied',
      {
        inputs: [image, flag],
        outputs: [info('y'), info('z')],
        nodes: [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['z']), branching('flag', node('Neg', ['w'], ['t']), node('Exp', ['w'], ['e']))],
        constants: weights,
      },
      ['Conv', 'If'],
    ],
  ];
  it.each(cases)('%s', async (_label, parts, operators) => {
    const original = modelOf(parts);
    const { model, notes } = prepareModel(original);
    expect(operatorsOf(model)).toEqual(operators);
    expect(notes).toContainEqual({ severity: 'note', code: 'prepared-control-flow', node: 'If:y', message: expect.stringMatching(/1, .*If:y \(If\)/) });
    expect(model.graph.outputs.every(({ shape }) => shape !== null)).toBe(true);
    await expectSame(readModel(writeModel(model)), original);
  });

  it('does not let a body find its own tensor in place of an outer one', () => {
    // Valid for ONNX's rules of scope, although ONNX Runtime refuses it: the body's own "a" hides the graph's.
    const inner = bodyOf({ outputs: [info('t')], nodes: [node('Neg', ['b'], ['a']), node('Add', ['a', 'b'], ['t'])] });
    const parts = {
      inputs: [image, flag],
      nodes: [node('Relu', ['x'], ['a']), node('Identity', ['a'], ['b']), node('If', ['flag'], ['y'], { then_branch: inner, else_branch: inner })],
    };
    const { graph } = prepareModel(modelOf(parts)).model;
    expect(graph.nodes.map((n) => n.op)).toEqual(['Relu', 'Identity', 'If']);
  });

  it("leaves a body's own tensors alone where they have the name of an Identity outside", () => {
    const inner = bodyOf({ outputs: [info('t')], nodes: [node('Neg', ['x'], ['b']), node('Exp', ['b'], ['t'])] });
    const nodes = [node('Relu', ['x'], ['a']), node('Identity', ['a'], ['b']), node('If', ['flag'], ['c'], { then_branch: inner, else_branch: inner }), node('Add', ['b', 'c'], ['y'])]; // prettier-ignore
    const { graph } = prepareModel(modelOf({ inputs: [image, flag], nodes })).model;
    expect(graph.nodes.map((n) => [n.op, n.inputs])).toEqual([['Relu', ['x']], ['If', ['flag']], ['Add', ['a', 'c']]]); // prettier-ignore
    const branch = graph.nodes[1]?.attributes.get('then_branch')?.value as Graph;
    expect(branch.nodes.map((n) => n.inputs)).toEqual([['x'], ['b']]);
  });

  it('converts bodies from old opsets, down to constants of the graph around them', async () => {
    const resize = bodyOf({ outputs: [info('t')], nodes: [node('Resize', ['x', 's'], ['t'], { mode: 'nearest' })] });
    const softmax = bodyOf({
      outputs: [info('e')],
      nodes: [node('Clip', ['x'], ['k'], { min: { kind: 'float', value: 0 } }), node('Softmax', ['k'], ['f']), node('Resize', ['f', 's'], ['e'])],
    });
    const parts = {
      inputs: [image, flag],
      nodes: [node('If', ['flag'], ['y'], { then_branch: resize, else_branch: softmax })],
      constants: [floatTensor('s', [4], new Float32Array([1, 1, 0.6, 0.6]))],
    };
    const original = modelOf(parts, 10);
    for (const opset of [13, 21]) await expectSame(prepareModel(original, { opset }).model, original);
  });

  it('says in one sentence what it cannot convert there', () => {
    const norm = bodyOf({ outputs: [info('t')], nodes: [node('BatchNormalization', ['x', 'x', 'x', 'x', 'x'], ['t'], { spatial: 0 })] });
    const parts = { inputs: [image, flag], nodes: [node('If', ['flag'], ['y'], { then_branch: norm, else_branch: norm })] };
    expect(() => prepareModel(modelOf(parts, 7))).toThrow(/BatchNormalization:t .*spatial = 0.*opset 9 or above/);
  });
});

describe('an If whose condition is constant', () => {
  const yes = intTensor('yes', [], [1], 'bool');
  const no = intTensor('no', [], [0], 'bool');

  it('becomes the branch that it takes, branches in it too', async () => {
    const deepest = bodyOf({
      outputs: [info('r')],
      nodes: [node('Conv', ['x', 'w'], ['q']), node('Mul', ['q', 'k'], ['r'])],
      constants: [floatTensor('k', [], new Float32Array([3]))],
    });
    const unused = bodyOf({ outputs: [info('u')], nodes: [node('Mystery', ['x'], ['u'], {}, 'my.domain')] });
    // The condition inside follows from a constant of the branch: 2 < 4.
    const middle = bodyOf({
      outputs: [info('p')],
      nodes: [node('Less', ['two', 'four'], ['less']), node('If', ['less'], ['i'], { then_branch: deepest, else_branch: unused }), node('Relu', ['i'], ['p'])],
      constants: [floatTensor('two', [], new Float32Array([2])), floatTensor('four', [], new Float32Array([4]))],
    });
    const parts = { inputs: [image], nodes: [node('If', ['no'], ['y'], { then_branch: unused, else_branch: middle })], constants: [...weights, no] };
    const original = modelOf({ ...parts, outputs: [info('y', null, 'other')] });
    const { model, notes } = prepareModel(original);
    expect(operatorsOf(model)).toEqual(['Conv', 'Relu']);
    expect(model.graph.outputs).toEqual([info('y', [2, 3, 5, 5])]);
    expect(notes.filter(({ message }) => message.startsWith('If nodes'))).toHaveLength(2);
    const plain = modelOf({
      inputs: [image],
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'k'], ['b']), node('Relu', ['b'], ['y'])],
      constants: [...weights, floatTensor('k', [], new Float32Array([3]))],
    });
    await expectSame(model, plain);
  });

  it('gives names that others have too a number', async () => {
    const body = (op: string): Attribute => bodyOf({ outputs: [info('a')], nodes: [node(op, ['x'], ['k']), node('Neg', ['k'], ['a'])] });
    const nodes = [
      node('If', ['yes'], ['first'], { then_branch: body('Exp'), else_branch: body('Abs') }),
      node('If', ['flag'], ['second'], { then_branch: body('Relu'), else_branch: body('Tanh') }),
      node('If', ['no'], ['third'], { then_branch: body('Exp'), else_branch: body('Abs') }),
      node('Sum', ['first', 'second', 'third'], ['y']),
    ];
    const original = modelOf({ inputs: [image, flag], outputs: [info('y', null, 'other')], nodes, constants: [yes, no] });
    const { model } = prepareModel(original);
    expect(operatorsOf(model)).toEqual(['Exp', 'Neg', 'If', 'Abs', 'Neg', 'Sum']);
    expect(new Set(model.graph.nodes.map(({ name }) => name)).size).toBe(6);
    await expectSame(model, original);
  });

  it('hands over what lies outside, constants, and one result twice', async () => {
    const then = bodyOf({ outputs: [info('x'), info('k'), info('k')], nodes: [], constants: [floatTensor('k', [2], new Float32Array([1, 2]))] });
    const outputs = ['y', 'z', 'again'].map((name) => info(name, null, 'other'));
    const { model } = prepareModel(
      modelOf({ inputs: [image], outputs, nodes: [node('If', ['yes'], ['y', 'z', 'again'], { then_branch: then, else_branch: then })], constants: [yes] }),
    );
    const results = await runModel(readModel(writeModel(model)));
    expect(Object.entries(results).map(([name, { dims }]) => [name, dims])).toEqual([
      ['y', [2, 4, 5, 5]],
      ['z', [2]],
      ['again', [2]],
    ]);
  });
});

describe('shapes of control flow', () => {
  const inferred = ({ graph }: Model): [string, unknown, unknown][] => inferShapes(graph, 13).outputs.map(({ name, type, shape }) => [name, type, shape]);
  const observed = async (model: Model): Promise<[string, unknown, unknown][]> =>
    Object.entries(await runModel(model)).map(([name, { type, dims }]) => [name, type, dims]);

  it('of If: what both branches make', async () => {
    const make = (no: Node): Model =>
      modelOf({ inputs: [image, flag], outputs: [info('y', null, 'other')], nodes: [branching('flag', node('Neg', ['x'], ['t']), no)] });
    expect(inferred(make(node('Exp', ['x'], ['e'])))).toEqual(await observed(make(node('Exp', ['x'], ['e']))));
    expect(inferred(make(node('ReduceSum', ['x'], ['e'])))).toEqual([['y', 'float32', [null, null, null, null]]]);
    expect(inferred(make(node('Flatten', ['x'], ['e'])))).toEqual([['y', 'float32', null]]);
  });

  it('of Loop: what is carried as it starts, what is collected with a row for every turn', async () => {
    const model = looping([node('Neg', ['state'], ['next']), node('Exp', ['state'], ['row'])], 'next', 'row');
    expect(inferred(model)).toEqual([
      ['y', 'float32', [1, 3]],
      ['z', 'float32', [null, 1, 3]],
    ]);
    expect(await observed(model)).toEqual([
      ['y', 'float32', [1, 3]],
      ['z', 'float32', [5, 1, 3]],
    ]);
  });

  it('of a Loop whose state grows: nothing', () => {
    const model = looping([node('Concat', ['state', 'state'], ['next'], { axis: 0 }), node('ReduceSum', ['state'], ['row'])], 'next', 'row');
    expect(inferred(model)).toEqual([
      ['y', 'float32', null],
      ['z', 'float32', null],
    ]);
  });

  it('of Scan: slices along an axis, put together again', async () => {
    const body = bodyOf({
      inputs: [info('state', null), info('slice', null)],
      outputs: [info('next'), info('row')],
      nodes: [node('Add', ['state', 'slice'], ['next']), node('Relu', ['next'], ['row'])],
    });
    const scan = node('Scan', ['x', 'data'], ['y', 'z'], { body, num_scan_inputs: 1, scan_input_axes: [1], scan_output_axes: [-1] });
    const model = modelOf({ inputs: [info('x', [4]), info('data', [4, 6])], outputs: [info('y', null, 'other'), info('z', null, 'other')], nodes: [scan] });
    expect(inferred(model)).toEqual(await observed(model));
  });

  it('of bodies in bodies', async () => {
    const inner = (op: string, name: string): Attribute => bodyOf({ outputs: [info(name)], nodes: [node(op, ['x'], [name])] });
    const outer = bodyOf({
      outputs: [info('o')],
      nodes: [node('If', ['flag'], ['i'], { then_branch: inner('Neg', 't'), else_branch: inner('Exp', 'e') }), node('Transpose', ['i'], ['o'])],
    });
    const other = bodyOf({ outputs: [info('p')], nodes: [node('Transpose', ['x'], ['p'])] });
    const model = modelOf({
      inputs: [info('x', [2, 3]), flag],
      outputs: [info('y', null, 'other')],
      nodes: [node('If', ['flag'], ['y'], { then_branch: outer, else_branch: other })],
    });
    expect(inferred(model)).toEqual(await observed(model));
  });

  it('are not taken from what the file states inside, where constants would depend on it', () => {
    const graph = (stated: Graph): Model =>
      modelOf({
        inputs: [info('x', null), flag],
        nodes: [
          node('If', ['flag'], ['a'], { then_branch: { kind: 'graph', value: stated }, else_branch: { kind: 'graph', value: stated } }),
          node('Shape', ['a'], ['y']),
        ],
      });
    const stated = graphOf({ inputs: [], outputs: [info('t', [9, 9])], nodes: [node('Neg', ['x'], ['t'])] });
    const { model } = prepareModel(graph(stated));
    expect(operatorsOf(model)).toEqual(['If', 'Shape']);
    expect(model.graph.values.get('a')?.shape).toEqual([9, 9]);
  });
});
