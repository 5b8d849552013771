import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { Model, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { ModelProtoSchema } from '../../../src-main/core/onnx/schema_pb.ts';
import { elementCount, floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { info, modelOf, node } from './build.ts';
import { expectClose } from './equal.ts';
import { feedFor, noise, runModel } from './run.ts';

type Parts = Parameters<typeof modelOf>[0];

const floats = (name: string, dims: number[], seed = 9): Tensor => floatTensor(name, dims, noise(elementCount(dims), seed));
const ints = (name: string, values: number[]): Tensor => intTensor(name, [values.length], values);
const image = [info('x', [2, 4, 5, 5])];
const norm = ['s', 'o', 'm'].map((name, i) => floats(name, [4], i)).concat(floatTensor('v', [4], noise(4).map(Math.abs)));

async function expectSame(prepared: Model, original: Model): Promise<void> {
  const feeds = Object.fromEntries(original.graph.inputs.map((input, i) => [input.name, feedFor(input, 2, i + 1)]));
  expectClose(await runModel(prepared, { feeds }), await runModel(original, { feeds }), 1e-5);
}

describe('odd models through prepareModel', () => {
  const cases: [string, Parts][] = [
    ['a batch of zero', { inputs: [info('x', [0, 4, 5, 5])], nodes: [node('Conv', ['x', 'w'], ['a']), node('BatchNormalization', ['a', 's', 'o', 'm', 'v'], ['b']), node('Relu', ['b'], ['y'])], constants: [floats('w', [4, 4, 1, 1]), ...norm] }],
    ['an empty constant among others', { inputs: [info('x', [2, 3])], nodes: [node('Concat', ['none', 'w'], ['c'], { axis: 0 }), node('Concat', ['x', 'c'], ['y'], { axis: 0 })], constants: [floats('none', [0, 3]), floats('w', [2, 3])] }],
    ['a slice of nothing', { inputs: [info('x', [2, 3])], nodes: [node('Slice', ['w', 'two', 'two'], ['e']), node('Concat', ['e', 'x'], ['y'], { axis: 0 })], constants: [floats('w', [4, 3]), ints('two', [2])] }],
    ['a sum over nothing', { inputs: [info('x', [3])], nodes: [node('ReduceSum', ['none', 'axis'], ['e'], { keepdims: 0 }), node('Add', ['x', 'e'], ['y'])], constants: [floats('none', [0, 3]), ints('axis', [0])] }],
    ['a reshape of nothing', { inputs: [info('x', [2, 3])], nodes: [node('Reshape', ['none', 'to'], ['e']), node('Concat', ['e', 'x'], ['y'], { axis: 0 })], constants: [floats('none', [3, 0]), ints('to', [-1, 3])] }],
    ['tiles and gathered parts of nothing', { inputs: [info('x', [2, 3])], nodes: [node('Tile', ['none', 'times'], ['t']), node('Gather', ['t', 'i'], ['g'], { axis: 1 }), node('Concat', ['g', 'x'], ['y'], { axis: 0 })], constants: [floats('none', [0, 2]), ints('times', [3, 2]), ints('i', [0, 1, 3])] }],
    ['a scalar that only looks like a shape', { inputs: [info('x', [2, 3])], nodes: [node('ConstantOfShape', ['nil'], ['one'], { value: floatTensor('', [1], new Float32Array([4])) }), node('Mul', ['x', 'one'], ['y'])], constants: [ints('nil', [])] }],
    ['a weight that is an output too', { inputs: image, outputs: [info('y'), info('w')], nodes: [node('Conv', ['x', 'w'], ['a']), node('BatchNormalization', ['a', 's', 'o', 'm', 'v'], ['y'])], constants: [floats('w', [4, 4, 1, 1]), ...norm] }],
    ['a computed weight that is an output too', { inputs: image, outputs: [info('y'), info('w')], nodes: [node('Transpose', ['raw'], ['w'], { perm: [1, 0, 2, 3] }), node('Conv', ['x', 'w'], ['y'])], constants: [floats('raw', [4, 6, 1, 1])] }],
    ['an output that is a constant, and nothing else', { inputs: [info('x', [1])], outputs: [info('y'), info('w')], nodes: [node('Relu', ['x'], ['y'])], constants: [floats('w', [2])] }],
    ['one weight and bias for two convolutions, each with its own norm', { inputs: image, outputs: [info('y'), info('z')], nodes: [node('Conv', ['x', 'w', 's'], ['a']), node('BatchNormalization', ['a', 's', 'o', 'm', 'v'], ['y']), node('Conv', ['x', 'w', 's'], ['b']), node('BatchNormalization', ['b', 'o', 's', 'm', 'v'], ['z'])], constants: [floats('w', [4, 4, 1, 1]), ...norm] }],
    ['a bias that is a norm\'s parameter', { inputs: image, nodes: [node('Conv', ['x', 'w', 'o'], ['a']), node('BatchNormalization', ['a', 's', 'o', 'm', 'v'], ['y'])], constants: [floats('w', [4, 4, 1, 1]), ...norm] }],
    ['a Dropout with a ratio and no training', { inputs: image, nodes: [node('Dropout', ['x', 'r', 'no'], ['a']), node('Relu', ['a'], ['y'])], constants: [floatTensor('r', [], new Float32Array([0.5])), intTensor('no', [], [0], 'bool')] }],
    ['an output that is read on, behind an Identity', { inputs: image, outputs: [info('y'), info('z')], nodes: [node('Identity', ['x'], ['a']), node('Relu', ['a'], ['y']), node('Identity', ['y'], ['b']), node('Neg', ['b'], ['c']), node('Identity', ['c'], ['z'])] }],
  ]; // prettier-ignore
  it.each(cases)('%s', async (_label, parts) => {
    const original = modelOf({ ...parts, outputs: (parts.outputs ?? [info('y')]).map(({ name }) => info(name, null, 'other')) });
    for (const opset of [13, 21]) {
      const { model } = prepareModel(original, { opset });
      expect(model.graph.outputs.map(({ name, shape }) => [name, shape])).toEqual(original.graph.outputs.map(({ name }) => [name, expect.any(Array)]));
      await expectSame(readModel(writeModel(model)), original);
    }
  });

  it('says that a Dropout stays whose training is decided while it runs', () => {
    const nodes = [node('Dropout', ['x', '', 'flag'], ['a']), node('Relu', ['a'], ['y'])];
    const { model, notes } = prepareModel(modelOf({ inputs: [...image, info('flag', [], 'bool')], nodes }));
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Dropout', 'Relu']);
    expect(notes).toEqual([{ severity: 'note', code: 'prepared-dropout', node: 'Dropout:a', message: expect.stringMatching(/1, the first is Dropout:a/) }]);
  });

  it('says what is constant and yet not computed', () => {
    const nodes = [node('Det', ['w'], ['d']), node('Add', ['x', 'd'], ['y'])];
    const { notes } = prepareModel(modelOf({ inputs: image, nodes, constants: [floats('w', [2, 2])] }));
    expect(notes).toEqual([{ severity: 'note', code: 'prepared-not-computed', node: 'Det:d', message: expect.stringMatching(/Det:d \(Det\)/) }]);
  });

  it('says everything that it did', () => {
    const nodes = [
      node('Constant', [], ['k'], { value: floats('', [4, 1, 1]) }),
      node('Neg', ['k'], ['c']),
      node('Conv', ['x', 'w'], ['a']),
      node('Mul', ['a', 'c'], ['b']),
      node('Identity', ['b'], ['d']),
      node('Exp', ['a'], ['dead']),
      node('Softmax', ['d'], ['y']),
    ];
    const { notes } = prepareModel(modelOf({ inputs: image, nodes, constants: [floats('w', [4, 4, 1, 1])] }, 11), { opset: 21 });
    expect(notes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Constant nodes .*: 1\.$/),
      expect.stringMatching(/^Nodes computed beforehand.*: 1\.$/),
      expect.stringMatching(/from opset 11 to 21\.$/),
      expect.stringMatching(/^Reshapes .*: 1\.$/),
      expect.stringMatching(/no output needs them: 2\.$/),
      expect.stringMatching(/^Identity, Dropout .*: 1\.$/),
      expect.stringMatching(/^Nodes folded into the weights .*: 1 \(1 Mul\)\.$/),
    ]);
  });

  it('treats weights that are listed as inputs as constants', async () => {
    const parts = {
      inputs: image,
      nodes: [node('Conv', ['x', 'w'], ['a']), node('BatchNormalization', ['a', 's', 'o', 'm', 'v'], ['y'])],
      constants: [floats('w', [4, 4, 1, 1]), ...norm],
    };
    const original = modelOf(parts);
    const proto = fromBinary(ModelProtoSchema, writeModel(original));
    const listed = fromBinary(
      ModelProtoSchema,
      writeModel(modelOf({ ...parts, constants: [], inputs: [...image, ...parts.constants.map(({ name, dims }) => info(name, dims))] })),
    );
    if (proto.graph && listed.graph) proto.graph.input = listed.graph.input;
    const read = readModel(toBinary(ModelProtoSchema, proto));
    expect(read.listedAsInputs).toEqual(parts.constants.map(({ name }) => name));
    const { model } = prepareModel(read);
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Conv']);
    await expectSame(model, original);
  });
});
