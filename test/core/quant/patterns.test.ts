import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src-main/core/onnx/graph.ts';
import { renameReads } from '../../../src-main/core/onnx/passes/rename.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { findPatterns } from '../../../src-main/core/quant/patterns.ts';
import { planQuantization } from '../../../src-main/core/quant/plan.ts';
import { viewGraph } from '../../../src-main/core/quant/view.ts';
import { constant, modelOf, node, noise, recipe } from './build.ts';
import { images, pipeline, sqnrOf } from './pipeline.ts';

/** x → Conv → c → the nodes → y. */
const around = (nodes: Node[], outputs: Record<string, number[]> = { y: [1, 2, 4, 4] }) =>
  modelOf({
    inputs: { x: [1, 2, 4, 4] },
    outputs,
    nodes: [node('Conv', ['x', 'w'], ['c']), ...nodes],
    constants: [
      constant('w', [2, 2, 1, 1], [...noise(4, 2)]),
      ...Object.entries({
        root: Math.SQRT2,
        rootInverse: Math.SQRT1_2,
        one: 1,
        half: 0.5,
        two: 2,
        three: 3,
        cubic: 0.044715,
        slope: Math.sqrt(2 / Math.PI),
      }).map(([name, value]) => constant(name, [], [value])),
    ],
  });

const erf = (last: Node[]): Node[] => [node('Div', ['c', 'root'], ['g1']), node('Erf', ['g1'], ['g2']), node('Add', ['g2', 'one'], ['g3']), ...last];
const cube: Node[] = [node('Mul', ['c', 'c'], ['g0']), node('Mul', ['g0', 'c'], ['g1'])];
const tanh = (first: Node[], last: Node[]): Node[] => [
  ...first,
  node('Mul', ['g1', 'cubic'], ['g2']),
  node('Add', ['c', 'g2'], ['g3']),
  node('Mul', ['g3', 'slope'], ['g4']),
  node('Tanh', ['g4'], ['g5']),
  node('Add', ['one', 'g5'], ['g6']),
  ...last,
];
const halfLast = [node('Mul', ['c', 'g3'], ['g4']), node('Mul', ['g4', 'half'], ['y'])];

describe('Gelu', () => {
  it.each<[string, Node[]]>([
    ['by Erf, x·(…)·½', erf(halfLast)],
    ['by Erf, (…)·½·x', erf([node('Mul', ['g3', 'half'], ['g4']), node('Mul', ['g4', 'c'], ['y'])])],
    ['by Erf, (…)·x/2', erf([node('Mul', ['g3', 'c'], ['g4']), node('Div', ['g4', 'two'], ['y'])])],
    ['by Erf, (x·½)·(…)', erf([node('Mul', ['c', 'half'], ['g4']), node('Mul', ['g4', 'g3'], ['y'])])],
    ['by Erf of x·√½', [node('Mul', ['c', 'rootInverse'], ['g1']), ...erf(halfLast).slice(1)]],
    ['by Tanh, x³ by Pow', tanh([node('Pow', ['c', 'three'], ['g1'])], [node('Mul', ['c', 'half'], ['g7']), node('Mul', ['g7', 'g6'], ['y'])])],
    ['by Tanh, x³ by Mul', tanh(cube, [node('Mul', ['g6', 'c'], ['g7']), node('Mul', ['g7', 'half'], ['y'])])],
  ])('%s is found, and only its ends are quantized', async (_name, nodes) => {
    const model = around(nodes);
    expect(findPatterns(viewGraph(model.graph))).toMatchObject([{ name: 'Gelu', input: 'c', output: 'y' }]);
    const given = images(model, 2, 2);
    const made = await pipeline(model, given);
    expect([...made.quantized.activations.keys()]).toEqual(['x', 'c', 'y']);
    expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(30);
  });

  it.each<[string, Node[], Record<string, number[]>]>([
    ['a tensor inside is an output', erf(halfLast), { y: [1, 2, 4, 4], g2: [1, 2, 4, 4] }],
    ['a tensor inside is read elsewhere', [...erf(halfLast), node('Neg', ['g2'], ['z'])], { y: [1, 2, 4, 4], z: [1, 2, 4, 4] }],
    ['it adds something else than one', [...erf(halfLast).map((each) => (each.op === 'Add' ? { ...each, inputs: ['g2', 'two'] } : each))], { y: [1, 2, 4, 4] }],
    ['it multiplies something else', [...erf([node('Mul', ['x', 'g3'], ['g4']), node('Mul', ['g4', 'half'], ['y'])])], { y: [1, 2, 4, 4] }],
  ])('is none where %s', async (_name, nodes, outputs) => {
    const model = around(nodes, outputs);
    expect(findPatterns(viewGraph(model.graph))).toEqual([]);
    const given = images(model, 2, 2);
    expect(await sqnrOf(model, (await pipeline(model, given)).model, given)).toBeGreaterThan(20);
  });

  it('stays float where its input does, or where one of its nodes is excluded', () => {
    const model = around(erf(halfLast));
    for (const exclude of ['Conv_c', 'Erf_g2']) {
      const rest = around([...erf(halfLast), node('Sigmoid', ['y'], ['z'])], { z: [1, 2, 4, 4] });
      const { placements } = planQuantization(rest, recipe({ exclude: [exclude] }));
      expect(placements.find(({ op }) => op === 'Erf')).toMatchObject({ placement: 'float' });
    }
    expect(planQuantization(model, recipe()).placements.map(({ placement }) => placement)).toEqual(Array(6).fill('integer'));
  });
});

describe('SiLU', () => {
  it('has a gate whose range is not cut, however rare its largest values are', async () => {
    const model = around([node('Sigmoid', ['c'], ['s']), node('Mul', ['c', 's'], ['y'])]);
    const given = images(model, 2, 3);
    const made = await pipeline(model, given, { range: 'percentile', percentile: 80 });
    expect(made.quantized.activations.get('s')).toMatchObject({ min: Float64Array.of(0), max: Float64Array.of(1), origin: 'fixed by SiLU' });
    expect(made.quantized.activations.get('y')?.max[0]).toBeLessThan(made.statistics.get('y')?.max ?? 0);
    const plain = await pipeline(model, given);
    expect(await sqnrOf(model, plain.model, given)).toBeGreaterThan(30);
  });

  it('is none where the gate is of something else', () => {
    const model = around([node('Sigmoid', ['x'], ['s']), node('Mul', ['c', 's'], ['y'])]);
    expect(findPatterns(viewGraph(model.graph))).toEqual([]);
  });
});

describe('graphs inside nodes', () => {
  const then = modelOf({ inputs: {}, outputs: { big: [1, 2, 4, 4] }, nodes: [node('Mul', ['c', 'two'], ['big'])] }).graph;
  const other = modelOf({ inputs: {}, outputs: { small: [1, 2, 4, 4] }, nodes: [node('Mul', ['c', 'half'], ['small'])] }).graph;
  const branch = node('If', ['positive'], ['i']);
  branch.attributes.set('then_branch', { kind: 'graph', value: then });
  branch.attributes.set('else_branch', { kind: 'graph', value: other });
  const model = modelOf({
    inputs: { x: [1, 2, 4, 4] },
    outputs: { y: [1, 2, 4, 4] },
    nodes: [
      node('Conv', ['x', 'w'], ['c']),
      // Of x, so that c is read in float by the bodies alone.
      node('ReduceMean', ['x'], ['mean'], { keepdims: 0 }),
      node('Greater', ['mean', 'zero'], ['positive']),
      branch,
      node('Conv', ['i', 'w'], ['y']),
    ],
    constants: [constant('w', [2, 2, 1, 1], [...noise(4, 2)]), constant('zero', [], [0]), constant('two', [], [2]), constant('half', [], [0.5])],
    types: { positive: 'bool' },
  });

  it('stay float as a whole, which the plan says, and read what is quantized around them', async () => {
    const given = images(model, 4);
    for (const format of ['qdq', 'qoperator'] as const) {
      const made = await pipeline(model, given, { format });
      expect(made.plan.placements.find(({ op }) => op === 'If')).toMatchObject({
        placement: 'float',
        reason: expect.stringContaining('graph of its own inside'),
      });
      expect(made.plan.placements.filter(({ op }) => op === 'Conv').map(({ placement }) => placement)).toEqual(['integer', 'integer']);
      expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(25);
      expect(await sqnrOf(model, made.model, given, 'all')).toBeGreaterThan(25);
    }
  });

  it('read the input of the model in float, though it comes as codes', async () => {
    const nodes = model.graph.nodes.map((each) => (each.op === 'If' ? renameReads(each, new Map([['c', 'x']])) : each));
    const [y] = model.graph.outputs;
    const outputs = y ? [y, { ...y, name: 'c' }] : [];
    const reading = { ...model, graph: { ...model.graph, nodes, outputs } };
    for (const format of ['qdq', 'qoperator'] as const) {
      const made = await pipeline(reading, images(reading), { format, inputType: 'quantized', exclude: ['ReduceMean_mean'] });
      await ort.InferenceSession.create(writeModel(made.model)).then((session) => session.release());
      expect(made.model.graph.inputs[0]?.type).toBe('uint8');
    }
  });
});
