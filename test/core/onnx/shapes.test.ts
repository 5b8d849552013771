import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixInputShapes } from '../../../src-main/core/onnx/fix-shapes.ts';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { opsetOf } from '../../../src-main/core/onnx/opset.ts';
import { withOutputs } from '../../../src-main/core/onnx/outputs.ts';
import { hasShapeRule, inferShapes } from '../../../src-main/core/onnx/shapes.ts';
import { hasShared, shared } from '../../fixtures/shared.ts';
import { info, modelOf, node } from './build.ts';
import { operatorModels } from './operators.ts';
import { readFile, runModel } from './run.ts';

/** Forgets what the file says of inner tensors, so that everything has to be inferred. */
function inferred(model: Model): Model {
  const { graph } = model;
  const outputs = graph.outputs.map(({ name }) => info(name, null, 'other'));
  return { ...model, graph: inferShapes({ ...graph, outputs, values: new Map() }, opsetOf(model)) };
}

function withFixedInputs(model: Model, dynamic: number): Model {
  const shapes = model.graph.inputs.map((input) => [input.name, (input.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : dynamic))] as const);
  return fixInputShapes(model, new Map(shapes));
}

/** Every tensor as ONNX Runtime computes it. */
async function observed(model: Model, dynamic: number): Promise<Map<string, { type: string; shape: readonly number[] }>> {
  const names = model.graph.nodes.flatMap((n) => n.outputs.filter(Boolean));
  const results = await runModel(withOutputs(model, names), { dynamic });
  return new Map(Object.entries(results).map(([name, tensor]) => [name, { type: tensor.type, shape: tensor.dims }]));
}

describe('inferShapes', () => {
  it.each(operatorModels)('infers what ONNX Runtime computes: %s', async (_name, model) => {
    const { graph } = inferred(withFixedInputs(model, 2));
    for (const [name, { type, shape }] of await observed(model, 2)) expect(graph.values.get(name)).toEqual({ name, type, shape });
  });

  it('has a rule for every operator of the tests, and says nothing of unknown ones', () => {
    for (const [, model] of operatorModels) for (const n of model.graph.nodes) expect([n.op, hasShapeRule(n)]).toEqual([n.op, true]);
    const strange = modelOf({ nodes: [node('Mystery', ['x'], ['a'], {}, 'my.domain'), node('Relu', ['a'], ['y'])] });
    expect(inferred(strange).graph.outputs).toEqual([{ name: 'y', type: 'other', shape: null }]);
  });

  it('lets the names of dynamic dimensions pass through', () => {
    const model = modelOf({
      inputs: [info('x', ['N', 3, 'H', 'W'])],
      nodes: [
        node('MaxPool', ['x'], ['a'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
        node('MaxPool', ['a'], ['b'], { kernel_shape: [2, 2], strides: [2, 2] }),
        node('GlobalAveragePool', ['b'], ['c']),
        node('Flatten', ['c'], ['y']),
      ],
    });
    const { graph } = inferred(model);
    expect(graph.values.get('a')?.shape).toEqual(['N', 3, 'H', 'W']);
    expect(graph.values.get('b')?.shape).toEqual(['N', 3, null, null]);
    expect(graph.values.get('y')?.shape).toEqual(['N', 3]);
  });

  it('carries a dynamic batch through the arithmetic on shapes', () => {
    const [, model] = operatorModels.find(([label]) => label.startsWith('Shape plumbing')) as [string, Model];
    expect(inferred(model).graph.values.get('y')?.shape).toEqual(['N', 60]);
  });

  it('keeps what the file says where inference knows less', () => {
    const model = modelOf({ nodes: [node('Mystery', ['x'], ['a'], {}, 'my.domain'), node('Relu', ['a'], ['y'])] });
    model.graph.values.set('a', info('a', [1, 'K', 7]));
    expect(inferShapes(model.graph, 13).values.get('y')?.shape).toEqual([1, 'K', 7]);
  });
});

describe('fixInputShapes', () => {
  const model = modelOf({
    inputs: [info('x', ['N', 3, 'H', 'W'])],
    nodes: [node('MaxPool', ['x'], ['y'], { kernel_shape: [2, 2], strides: [2, 2] })],
  });
  it('fixes sizes and infers what follows', () => {
    const fixed = fixInputShapes(model, new Map([['x', [1, 3, 9, 8]]]));
    expect(fixed.graph.inputs[0]?.shape).toEqual([1, 3, 9, 8]);
    expect(fixed.graph.outputs[0]?.shape).toEqual([1, 3, 4, 4]);
  });
  it('refuses what does not fit', () => {
    expect(() => fixInputShapes(model, new Map([['z', [1]]]))).toThrow(/no input named z; its inputs are x/);
    expect(() => fixInputShapes(model, new Map([['x', [1, 4, 9, 8]]]))).toThrow(/cannot take \[1, 4, 9, 8\]/);
    expect(() => fixInputShapes(model, new Map([['x', [1, 3]]]))).toThrow(/cannot take \[1, 3\]/);
  });
});

const files = hasShared ? (readdirSync(shared('models'), { recursive: true }) as string[]).filter((file) => file.endsWith('.onnx')) : [];

describe.skipIf(!hasShared)('inferShapes on real models', () => {
  // superresolution needs a library of its own to run.
  it.each(files.filter((file) => !file.includes('superresolution')))('infers what ONNX Runtime computes: %s', async (file) => {
    const model = readFile(shared('models', file));
    const fixed = inferred(withFixedInputs(model, 2));
    for (const [name, { type, shape }] of await observed(model, 2)) expect(fixed.graph.values.get(name)).toEqual({ name, type, shape });
  });
});
