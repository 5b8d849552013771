import { describe, expect, it } from 'vitest';
import * as ort from 'onnxruntime-node';
import { fromFloat16 } from '../../../src-main/core/onnx/float16.ts';
import type { Model, Node } from '../../../src-main/core/onnx/graph.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { halfConstant } from '../../../src-main/core/quant/emit/float16/constants.ts';
import { emitFloat16, type Float16Options } from '../../../src-main/core/quant/emit/float16/convert.ts';
import { hasShared, shared } from '../../fixtures/shared.ts';
import { graphOf, info, modelOf, node, type Parts } from '../onnx/build.ts';
import { noise, readFile, runModel } from '../onnx/run.ts';
import { asHalf, noiseFor, numbersOf, sqnrDb } from './compare.ts';

const constant = (name: string, dims: number[], values: readonly number[]) => floatTensor(name, dims, Float32Array.from(values));
const weights = (name: string, dims: number[], seed = 1) => floatTensor(name, dims, noise(dims.reduce((a, b) => a * b), seed)); // prettier-ignore
const options = (changes: Partial<Float16Options> = {}): Float16Options => ({ inputType: 'float', outputType: 'float', exclude: new Set(), ...changes });
const prepared = (parts: Parts): Model => prepareModel(modelOf(parts)).model;
const show = ({ op, inputs, outputs }: Node): string => `${op}(${inputs.join(', ')}) → ${outputs.join(', ')}`;

describe('constants', () => {
  it('are rounded to nearest, ties to even, and clamped to what half precision holds', () => {
    // Rounding from the definition of binary16; clamping is the vector of ONNX Runtime 1.30's convert_np_to_float16.
    const values = [
      0,
      -0,
      1,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      65504,
      65519,
      1e6,
      -1e6,
      Infinity,
      -Infinity,
      1e-8,
      -1e-8,
      5.96e-8,
      2 ** -14,
      1023.6 * 2 ** -24,
      2.5 * 2 ** -24,
    ];
    const { tensor, clamped, raised, notANumber } = halfConstant(constant('c', [values.length], values));
    const halves = [...new Uint16Array(tensor.bytes.buffer)];
    // prettier-ignore
    expect(halves).toEqual([0, 0x8000, 0x3c00, 0x3c00, 0x3c02, 0x7bff, 0x7bff, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 1, 0x8001, 1, 0x400, 0x400, 2]);
    expect([clamped, raised, notANumber]).toEqual([3, 2, 0]);
    expect(halfConstant(constant('c', [1], [NaN]))).toMatchObject({ notANumber: 1 });
  });

  it('are named where values had to give way', () => {
    const model = prepared({ nodes: [node('Mul', ['x', 'c'], ['y'])], constants: [constant('c', [3], [1e6, NaN, 1e-9])], outputs: [info('y', [1, 3])] });
    const { warnings } = emitFloat16(model, options());
    expect(warnings.map(({ code, tensor, severity }) => [code, tensor, severity])).toEqual([
      ['float16-clamped', 'c', 'warning'],
      ['float16-raised', 'c', 'note'],
      ['float16-nan', 'c', 'warning'],
    ]);
    expect(warnings[0]?.message).toContain('1 value beyond ±65504');
  });
});

describe('a graph with a node that has no half precision', () => {
  // CumSum is float32; w is read on both sides; x and c are too.
  const model = prepared({
    nodes: [
      node('Mul', ['x', 'w'], ['a']),
      node('CumSum', ['a', 'axis'], ['b']),
      node('Min', ['b', 'w'], ['c']),
      node('Add', ['c', 'v'], ['d']),
      node('Mul', ['c', 'd'], ['e']),
      node('Sub', ['e', 'a'], ['y']),
    ],
    constants: [weights('w', [3]), weights('v', [3], 5), intTensor('axis', [], [1])],
    outputs: [info('y', [1, 3])],
  });

  it('has one Cast for each tensor and direction, sorted, with shared constants twice', () => {
    const { model: half, placements } = emitFloat16(model, options());
    expect(half.graph.nodes.map(show)).toEqual([
      'Cast(x) → x_float16',
      'Mul(x_float16, w) → a',
      'Cast(a) → a_float32',
      'CumSum(a_float32, axis) → b',
      'Min(b, w_float32) → c',
      'Cast(c) → c_float16',
      'Add(c_float16, v) → d',
      'Mul(c_float16, d) → e',
      'Sub(e, a) → y_float16',
      'Cast(y_float16) → y',
    ]);
    expect(Object.fromEntries([...half.graph.constants].map(([name, { type }]) => [name, type]))).toEqual({
      axis: 'int64',
      w: 'float16',
      w_float32: 'float32',
      v: 'float16',
    });
    expect(placements.map(({ placement }) => placement)).toEqual(['float16', 'float', 'float', 'float16', 'float16', 'float16']);
    expect(placements[1]?.reason).toBe('float: CumSum has no half-precision form');
    expect(half.graph.values.get('d')?.type).toBe('float16');
    expect(half.graph.values.get('b')?.type).toBe('float32');
  });

  it('computes nearly the same, whatever its inputs and outputs are', async () => {
    const feeds = noiseFor(model);
    const want = numbersOf((await runModel(model, { feeds }))['y'] as ort.Tensor);
    for (const inputType of ['float', 'quantized'] as const) {
      for (const outputType of ['float', 'quantized'] as const) {
        const { model: half } = emitFloat16(model, options({ inputType, outputType }));
        const x = feeds['x'] as ort.Tensor;
        const y = (await runModel(readModel(writeModel(half)), { feeds: { x: inputType === 'float' ? x : asHalf(x) } }))['y'] as ort.Tensor;
        expect(y.type).toBe(outputType === 'float' ? 'float32' : 'float16');
        numbersOf(y).forEach((value, i) => expect(value).toBeCloseTo(want[i] as number, 2));
      }
    }
  });

  it('keeps excluded nodes float32, and says who asked', () => {
    const { model: half, placements } = emitFloat16(model, options({ exclude: new Set(['Add:d', 'Mul:e', 'Sub:y']) }));
    expect(placements.find(({ node: name }) => name === 'Add:d')).toMatchObject({ placement: 'float', reason: 'float: excluded by the recipe' });
    expect(half.graph.nodes.filter(({ op }) => op === 'Cast').map(show)).toEqual(['Cast(x) → x_float16', 'Cast(a) → a_float32']);
  });
});

describe('tensors that half precision cannot hold', () => {
  const model = prepared({
    nodes: [node('Mul', ['x', 'k'], ['a']), node('Reshape', ['a', 'shape'], ['b']), node('Mul', ['b', 's'], ['c']), node('Add', ['c', 'c'], ['y'])],
    constants: [constant('k', [3], [300, 300, 300]), constant('s', [1], [0.001]), intTensor('shape', [2], [3, 1])],
    // ONNX Runtime's CPU kernels take pairs of Casts away and compute in float32; what is an output is rounded to half precision all the same.
    outputs: [info('y', [3, 1]), info('b', [3, 1])],
  });

  it('keep their nodes float32, also behind nodes that hand their values on', async () => {
    const ranges = new Map([
      ['a', { min: -9e5, max: 9e5 }],
      ['c', { min: -900, max: 900 }],
    ]);
    const feeds = noiseFor(model, 3000);
    expect(await sqnrDb(model, emitFloat16(model, options()).model, feeds)).toBe(-Infinity);
    const { model: half, placements, warnings } = emitFloat16(model, options({ ranges }));
    expect(placements.map(({ placement }) => placement)).toEqual(['float', 'float', 'float', 'float16']);
    expect(warnings.map(({ code, tensor, node: name }) => [code, tensor, name])).toEqual([
      ['float16-overflow', 'a', 'Mul:a'],
      ['float16-overflow', 'b', 'Reshape:b'],
    ]);
    expect(await sqnrDb(model, half, feeds)).toBeGreaterThan(60);
  });

  it('are named where they are NaN, and where they are too small for all digits', () => {
    const ranges = new Map([
      ['a', { min: NaN, max: NaN }],
      ['y', { min: -1e-5, max: 2e-5 }],
    ]);
    const { warnings } = emitFloat16(model, options({ ranges }));
    expect(warnings.map(({ code, tensor }) => [code, tensor])).toEqual([
      ['float16-overflow', 'a'],
      ['float16-subnormal', 'y'],
      ['float16-overflow', 'b'],
    ]);
    expect(warnings[0]?.message).toContain('was NaN in calibration');
  });
});

describe('operators with a type of their own', () => {
  it('Resize keeps float32 scales, Cast and ConstantOfShape make half precision', async () => {
    const model = prepared({
      inputs: [info('x', [1, 1, 2, 2]), info('i', [1], 'int64')],
      nodes: [
        node('Resize', ['x', '', 'scales'], ['r']),
        node('Cast', ['i'], ['f'], { to: 1 }),
        node('Mul', ['r', 'f'], ['m']),
        node('ConstantOfShape', ['i'], ['k'], { value: constant('', [1], [2.5]) }),
        node('Mul', ['m', 'k'], ['n']),
        node('ConstantOfShape', ['i'], ['z']),
        node('Add', ['n', 'z'], ['y']),
      ],
      constants: [constant('scales', [4], [1, 1, 2, 2])],
      outputs: [info('y', null)],
    });
    const { model: half, placements } = emitFloat16(model, options());
    expect(placements.every(({ placement }) => placement === 'float16')).toBe(true);
    expect(half.graph.constants.get('scales')?.type).toBe('float32');
    const feeds = { ...noiseFor({ ...model, graph: { ...model.graph, inputs: model.graph.inputs.slice(0, 1) } }) };
    expect(await sqnrDb(model, half, { ...feeds, i: new ort.Tensor('int64', [1n], [1]) })).toBeGreaterThan(60);
  });

  it('sizes that are computed in float stay exact', async () => {
    const model = prepared({
      inputs: [info('x', ['n', 3])],
      nodes: [
        node('Shape', ['x'], ['s']),
        node('Cast', ['s'], ['f'], { to: 1 }),
        node('Mul', ['f', 'one'], ['g']),
        node('Cast', ['g'], ['i'], { to: 7 }),
        node('Add', ['x', 'w'], ['a']),
        node('Reshape', ['a', 'i'], ['y']),
      ],
      constants: [constant('one', [1], [1]), weights('w', [3])],
      outputs: [info('y', null)],
    });
    const { model: half, placements } = emitFloat16(model, options());
    expect(placements.filter(({ placement }) => placement === 'float16').map(({ op }) => op)).toEqual(['Add', 'Reshape']);
    expect(half.graph.nodes.filter(({ op }) => op === 'Cast')).toHaveLength(4);
    // 2049 is no half-precision number.
    expect(await sqnrDb(model, half, { x: new ort.Tensor('float32', noise(2049 * 3), [2049, 3]) })).toBeGreaterThan(50);
  });

  it('control flow stays float32 with what its bodies take from outside', async () => {
    const branch = (op: string): Parts => ({ nodes: [node(op, ['a', 'w'], [`${op}_out`])], inputs: [], outputs: [info(`${op}_out`, [1, 3])] });
    const model = prepared({
      inputs: [info('x', [1, 3]), info('yes', [], 'bool')],
      nodes: [
        node('Mul', ['x', 'w'], ['a']),
        node('If', ['yes'], ['c'], {
          then_branch: { kind: 'graph', value: graphOf(branch('Add')) },
          else_branch: { kind: 'graph', value: graphOf(branch('Sub')) },
        }),
        node('Relu', ['x'], ['y']),
      ],
      constants: [weights('w', [3])],
      outputs: [info('c', [1, 3]), info('y', [1, 3])],
    });
    const { model: half, placements } = emitFloat16(model, options());
    expect(placements.map(({ placement }) => placement)).toEqual(['float16', 'float', 'float16']);
    const feeds = { x: new ort.Tensor('float32', noise(3), [1, 3]), yes: new ort.Tensor('bool', Uint8Array.of(1), []) };
    expect(await sqnrDb(model, half, feeds)).toBeGreaterThan(50);
  });

  it('a constant that is an output and an input that is an output keep their names', async () => {
    const model = modelOf({
      nodes: [node('Mul', ['x', 'w'], ['y'])],
      constants: [weights('w', [3])],
      outputs: [info('y', [1, 3]), info('w', [3]), info('x', [1, 3])],
    });
    for (const outputType of ['float', 'quantized'] as const) {
      const { model: half } = emitFloat16(model, options({ outputType }));
      expect(await sqnrDb(model, half, noiseFor(model))).toBeGreaterThan(50);
    }
  });
});

it('fromFloat16 undoes the conversion of every half-precision number', () => {
  const all = Float32Array.from({ length: 65536 }, (_, i) => fromFloat16(i)).filter((value) => Number.isFinite(value));
  const { tensor } = halfConstant(floatTensor('all', [all.length], all));
  expect([...new Uint16Array(tensor.bytes.buffer)].every((bits, i) => Object.is(fromFloat16(bits), all[i]))).toBe(true);
});

describe.skipIf(!hasShared)('real models', () => {
  it.each([
    ['imagenet/mobilenetv2-7-fp32.onnx', 1],
    ['imagenet/squeezenet1.1-opset7-fp32.onnx', 1],
    ['cifar10/resnet20-cifar10-bn-opset9-fp32.onnx', 1],
    ['detect/yolox-nano-coco-opset11-fp32.onnx', 127],
    ['detect/ultraface-rfb-320-opset9-fp32.onnx', 1],
    ['segment/deeplabv3-mnv2-voc-opset13-fp32.onnx', 1],
  ])('%s computes nearly the same in half of the size', { timeout: 120_000 }, async (file, amplitude) => {
    const { model } = prepareModel(readFile(shared('models', file)));
    const { model: half, warnings, placements } = emitFloat16(model, options());
    expect(warnings.filter(({ severity }) => severity === 'warning')).toEqual([]);
    expect(placements.filter(({ placement }) => placement === 'float').map(({ op }) => op)).toEqual([]);
    expect(writeModel(half).length / writeModel(model).length).toBeLessThan(0.56);
    expect(await sqnrDb(model, half, noiseFor(model, amplitude))).toBeGreaterThan(40);
  });
});
