import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Model, Tensor } from '../../../../src-main/core/onnx/graph.ts';
import { quantizationKind } from '../../../../src-main/core/onnx/kind.ts';
import { floatsOf, floatTensor, intTensor, type IntegerElementType } from '../../../../src-main/core/onnx/tensor.ts';
import { dequantizeModel } from '../../../../src-main/core/quant/existing/dequantize.ts';
import { foldTrainedWeights } from '../../../../src-main/core/quant/existing/fold-trained.ts';
import { hasShared, shared } from '../../../fixtures/shared.ts';
import { constantOf, info, modelOf, node } from '../../onnx/build.ts';
import { noise, readFile, runModel } from '../../onnx/run.ts';
import { noiseFor, numbersOf, sqnrDb } from '../compare.ts';

const floats = (name: string, dims: number[], values: readonly number[]): Tensor => floatTensor(name, dims, Float32Array.from(values));
const ints = (name: string, dims: number[], values: readonly number[], type: IntegerElementType): Tensor => intTensor(name, dims, values, type);
/** Scale and zero point `name_s` and `name_z`. */
const pair = (name: string, scale: number | number[], zeroPoint: number | number[], type: IntegerElementType): Tensor[] => {
  const dims = Array.isArray(scale) ? [scale.length] : [];
  return [floats(`${name}_s`, dims, [scale].flat()), ints(`${name}_z`, dims, [zeroPoint].flat(), type)];
};
const codes = (name: string, dims: number[], seed = 1, amplitude = 127): Tensor =>
  ints(name, dims, Array.from(noise(dims.reduce((a, b) => a * b), seed), (value) => Math.round(value * amplitude)), 'int8'); // prettier-ignore
const q = (name: string, from = name) => node('QuantizeLinear', [from, `${name}_s`, `${name}_z`], [`${name}_q`]);
const dq = (name: string, to = `${name}_dq`, attributes = {}) => node('DequantizeLinear', [`${name}_q`, `${name}_s`, `${name}_z`], [to], attributes);

/** x → Conv → (a ReLU that only the range of c is left of) → y, as QDQ. */
const qdq = modelOf({
  inputs: [info('x', [1, 2, 5, 5])],
  nodes: [q('x'), dq('x'), dq('w', 'w', { axis: 0 }), dq('b', 'b', { axis: 0 }), node('Conv', ['x_dq', 'w', 'b'], ['c']), q('c'), dq('c', 'y')],
  constants: [
    ...pair('x', 2 / 255, 128, 'uint8'),
    ...pair('w', [0.01, 0.02, 0.005], [0, 0, 0], 'int8'),
    ...pair('b', [(0.01 * 2) / 255, (0.02 * 2) / 255, (0.005 * 2) / 255], [0, 0, 0], 'int32'),
    ...pair('c', 0.02, 0, 'uint8'),
    codes('w_q', [3, 2, 3, 3]),
    ints('b_q', [3], [1000, -2000, 3000], 'int32'),
  ],
  outputs: [info('y', [1, 3, 3, 3])],
});

describe('QDQ', () => {
  it('gets exact float weights and biases, and the ReLU back that its range stood for', async () => {
    const { model, trained, notes } = dequantizeModel(qdq);
    expect(model.graph.nodes.map(({ op, inputs, outputs }) => `${op}(${inputs.join(', ')}) → ${outputs.join(', ')}`)).toEqual([
      'Conv(x, w, b) → c_before_relu',
      'Relu(c_before_relu) → y',
    ]);
    const weights = floatsOf(constantOf(model.graph, 'w'));
    const written = new Int8Array(constantOf(qdq.graph, 'w_q').bytes.buffer);
    expect([...weights]).toEqual(Array.from(written, (code, i) => Math.fround(code * Math.fround([0.01, 0.02, 0.005][Math.floor(i / 18)] as number))));
    expect([...trained]).toEqual([
      ['x', { type: 'uint8', scale: Math.fround(2 / 255), zeroPoint: 128 }],
      ['y', { type: 'uint8', scale: Math.fround(0.02), zeroPoint: 0 }],
    ]);
    expect(notes.map(({ code }) => code)).toEqual(['dequantized-activations']);
    expect(await sqnrDb(qdq, model, noiseFor(qdq))).toBeGreaterThan(20);
  });

  it('brings Relu6 back where all ranges together end at 6', () => {
    const six = { ...qdq, graph: { ...qdq.graph, constants: new Map(qdq.graph.constants).set('c_s', floats('c_s', [], [6 / 255])) } };
    const clip = dequantizeModel(six).model.graph.nodes.at(-1);
    expect([clip?.op, clip?.inputs.length]).toEqual(['Clip', 3]);
  });

  it('keeps what reads the float tensor beside the codes as it was', async () => {
    const model = modelOf({
      inputs: [info('x', [1, 3])],
      nodes: [node('Mul', ['x', 'two'], ['c']), q('c'), dq('c'), node('Add', ['c', 'c_dq'], ['y'])],
      constants: [...pair('c', 0.01, 0, 'uint8'), floats('two', [], [2])],
      outputs: [info('y', [1, 3])],
    });
    const x = new ort.Tensor('float32', Float32Array.of(-1, 0.5, 1), [1, 3]);
    expect([...numbersOf((await runModel(dequantizeModel(model).model, { feeds: { x } }))['y'] as ort.Tensor)]).toEqual([-2, 2, 4]);
  });

  it('takes integer inputs and outputs as floats, and codes that are moved between', async () => {
    const model = modelOf({
      inputs: [info('x_q', [1, 6], 'uint8')],
      nodes: [node('Reshape', ['x_q', 'shape'], ['r_q']), node('DequantizeLinear', ['r_q', 'x_s', 'x_z'], ['x']), node('Neg', ['x'], ['n']), q('n')],
      constants: [...pair('x', 0.5, 10, 'uint8'), ...pair('n', 0.5, 3, 'int8'), ints('shape', [2], [2, 3], 'int64')],
      outputs: [info('n_q', [2, 3], 'int8')],
    });
    const { model: float, notes } = dequantizeModel(model);
    expect(notes.map(({ code, tensor }) => [code, tensor])).toEqual([
      ['dequantized-input', 'x_q'],
      ['dequantized-output', 'n_q'],
    ]);
    expect([float.graph.inputs[0]?.type, float.graph.outputs[0]?.type]).toEqual(['float32', 'float32']);
    const feeds = { x_q: new ort.Tensor('float32', Float32Array.of(0, 1, 2, 3, 4, 5.5), [1, 6]) };
    expect([...numbersOf((await runModel(float, { feeds }))['n_q'] as ort.Tensor)].map((value) => -value)).toEqual([0, 1, 2, 3, 4, 5.5]);
  });

  it('says so where codes are read with other parameters than they were written with', () => {
    const model = modelOf({
      nodes: [q('x'), node('DequantizeLinear', ['x_q', 'other', 'x_z'], ['y'])],
      constants: [...pair('x', 0.5, 10, 'uint8'), floats('other', [], [0.25])],
      outputs: [info('y', [1, 3])],
    });
    expect(() => dequantizeModel(model)).toThrow(/reads the codes of x_q with another scale/);
  });
});

describe('exports of quantization-aware training', () => {
  // Float weights behind a pair: what counts is what the rounding leaves of them.
  const qat = modelOf({
    inputs: [info('x', [1, 4])],
    nodes: [q('x'), dq('x'), q('w'), dq('w', 'w_dq', { axis: 1 }), node('MatMul', ['x_dq', 'w_dq'], ['y'])].map((one) =>
      one.outputs[0] === 'w_q' ? { ...one, attributes: new Map([['axis', { kind: 'int' as const, value: 1 }]]) } : one,
    ),
    constants: [...pair('x', 0.01, 100, 'uint8'), ...pair('w', [0.1, 0.2], [0, 0], 'int8'), floats('w', [4, 2], [0.33, 0.5, -0.26, 1.1, 50, 0.1, 0.05, -0.3])],
    outputs: [info('y', [1, 2])],
  });

  it('dequantize to the rounded weights', async () => {
    const { model, trained } = dequantizeModel(qat);
    const { inputs } = model.graph.nodes[0] as (typeof model.graph.nodes)[number];
    // By hand: 50 is beyond 127 steps; halves go to even; all in float32.
    const codes = [3, 2, -3, 6, 127, 0, 0, -2];
    expect([...floatsOf(constantOf(model.graph, inputs[1] as string))]).toEqual(codes.map((code, i) => Math.fround(code * Math.fround(i % 2 ? 0.2 : 0.1))));
    expect([...trained.keys()]).toEqual(['x']);
    expect(await sqnrDb(qat, model, noiseFor(qat))).toBeGreaterThan(35);
  });

  it('keep computing bit for bit the same with the codes as constants', async () => {
    const folded = foldTrainedWeights(qat);
    expect(folded.graph.nodes.map(({ op }) => op)).toEqual(['QuantizeLinear', 'DequantizeLinear', 'DequantizeLinear', 'MatMul']);
    expect([...folded.graph.constants.keys()]).not.toContain('w');
    expect(await sqnrDb(qat, folded, noiseFor(qat))).toBe(Infinity);
    expect(foldTrainedWeights(qdq)).toBe(qdq);
  });
});

describe('QOperator', () => {
  const triple = (name: string) => [`${name}_q`, `${name}_s`, `${name}_z`];
  it('turns into float operators, of ai.onnx and of com.microsoft', async () => {
    const model = modelOf(
      {
        inputs: [info('x', [1, 2, 6, 6])],
        nodes: [
          q('x'),
          node('QLinearConv', [...triple('x'), ...triple('w'), 'c_s', 'c_z', 'b_q'], ['c_q']),
          node('QLinearLeakyRelu', [...triple('c'), 'l_s', 'l_z'], ['l_q'], { alpha: 0.1 }, 'com.microsoft'),
          node('QLinearSigmoid', [...triple('l'), 's_s', 's_z'], ['s_q'], {}, 'com.microsoft'),
          node('QLinearMul', [...triple('l'), ...triple('s'), 'm_s', 'm_z'], ['m_q'], {}, 'com.microsoft'),
          node('QLinearConcat', ['k_s', 'k_z', ...triple('l'), ...triple('m')], ['k_q'], { axis: 1 }, 'com.microsoft'),
          node('QLinearGlobalAveragePool', [...triple('k'), 'g_s', 'g_z'], ['g_q'], { channels_last: 0 }, 'com.microsoft'),
          node('Flatten', ['g_q'], ['f_q']),
          node('QGemm', ['f_q', 'g_s', 'g_z', ...triple('v'), 'd_q', 'e_s', 'e_z'], ['e_q'], { transB: 1, alpha: 0.5 }, 'com.microsoft'),
          node('QLinearMatMul', [...triple('e'), ...triple('u'), 'p_s', 'p_z'], ['p_q']),
          node('QLinearAdd', [...triple('p'), ...triple('e'), 'a_s', 'a_z'], ['a_q'], {}, 'com.microsoft'),
          node('QLinearSoftmax', [...triple('a'), 't_s', 't_z'], ['t_q'], { axis: -1, opset: 13 }, 'com.microsoft'),
          dq('t', 'y'),
        ],
        constants: [
          ...pair('x', 2 / 255, 128, 'uint8'),
          ...pair('w', [0.01, 0.02, 0.005], [0, 0, 0], 'int8'),
          ...pair('c', 0.05, 110, 'uint8'),
          ...pair('l', 0.03, 20, 'uint8'),
          ...pair('s', 1 / 256, 0, 'uint8'),
          ...pair('m', 0.03, 10, 'uint8'),
          ...pair('k', 0.03, 20, 'uint8'),
          ...pair('g', 0.02, 60, 'uint8'),
          ...pair('v', [0.01, 0.03, 0.02, 0.01], [0, 0, 0, 0], 'int8'),
          ...pair('e', 0.03, 128, 'uint8'),
          ...pair('u', 0.01, 0, 'int8'),
          ...pair('p', 0.05, 128, 'uint8'),
          ...pair('a', 0.06, 128, 'uint8'),
          ...pair('t', 1 / 256, 0, 'uint8'),
          codes('w_q', [3, 2, 3, 3], 3),
          ints('b_q', [3], [1000, -2000, 3000], 'int32'),
          codes('v_q', [4, 6], 5),
          ints('d_q', [4], [500, -700, 100, 900], 'int32'),
          codes('u_q', [4, 4], 7),
        ],
        outputs: [info('y', [1, 4])],
      },
      13,
      { 'com.microsoft': 1 },
    );
    const { model: float, trained } = dequantizeModel(model);
    // prettier-ignore
    expect(float.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'LeakyRelu', 'Sigmoid', 'Mul', 'Concat', 'GlobalAveragePool', 'Flatten', 'Gemm', 'MatMul', 'Add', 'Softmax']);
    expect([...trained.keys()].sort()).toEqual([
      'a_q_float',
      'c_q_float',
      'e_q_float',
      'g_q_float',
      'k_q_float',
      'l_q_float',
      'm_q_float',
      'p_q_float',
      's_q_float',
      'x',
      'y',
    ]);
    expect(await sqnrDb(model, float, noiseFor(model))).toBeGreaterThan(25);
  });
});

describe('dynamic', () => {
  const dynamic = (op: 'MatMul' | 'Conv', weights: Tensor, scale: Tensor, zero: Tensor[], shape: number[], out: number[]): Model =>
    modelOf({
      inputs: [info('x', shape)],
      nodes: [
        node('DynamicQuantizeLinear', ['x'], ['x_q', 'x_s', 'x_z']),
        node(`${op}Integer`, ['x_q', weights.name, 'x_z', ...zero.map(({ name }) => name)], ['i']),
        node('Cast', ['i'], ['f'], { to: 1 }),
        node('Mul', ['x_s', scale.name], ['s']),
        node('Mul', ['f', 's'], ['m']),
        node('Relu', ['m'], ['y']),
      ],
      constants: [weights, scale, ...zero],
      outputs: [info('y', out)],
    });

  it.each([
    ['MatMul', codes('w', [4, 3]), floats('w_s', [3], [0.01, 0.02, 0.03]), [], [2, 4], [2, 3]],
    ['MatMul', ints('w', [4, 3], Array.from(noise(12), (value) => Math.round(value * 120 + 127)), 'uint8'), floats('w_s', [], [0.01]), [ints('w_z', [], [127], 'uint8')], [2, 4], [2, 3]],
    ['Conv', codes('w', [3, 2, 3, 3]), floats('w_s', [1], [0.01]), [], [1, 2, 5, 5], [1, 3, 3, 3]],
  ] as const)('%sInteger becomes a product of floats', async (op, weights, scale, zero, shape, out) => {
    const model = dynamic(op, weights, scale, [...zero], [...shape], [...out]);
    const { model: float } = dequantizeModel(model);
    expect(float.graph.nodes.map((one) => one.op)).toEqual([op, 'Relu']);
    expect(await sqnrDb(model, float, noiseFor(model))).toBeGreaterThan(30);
  }); // prettier-ignore

  it('DynamicQuantizeMatMul and MatMulNBits too', async () => {
    for (const zeroPoints of [false, true]) {
      const packed = ints(
        'n',
        [3, 2, 8],
        Array.from(noise(48, 9), (value) => Math.round((value + 1) * 127)),
        'uint8',
      );
      const model = modelOf(
        {
          inputs: [info('x', [2, 4])],
          nodes: [
            node('DynamicQuantizeMatMul', ['x', 'w', 'w_s', 'w_z', 'b'], ['h'], {}, 'com.microsoft'),
            node('MatMulNBits', ['h', 'n', 'n_s', ...(zeroPoints ? ['n_z'] : [])], ['y'], { K: 20, N: 3, bits: 4, block_size: 16 }, 'com.microsoft'),
          ],
          constants: [codes('w', [4, 20]), ...pair('w', 0.01, 0, 'int8'), floats('b', [20], [...noise(20, 5)]), packed, floats('n_s', [6], [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]), ints('n_z', [3], [0x87, 0x65, 0x9a], 'uint8')],
          outputs: [info('y', [2, 3])],
        },
        13,
        { 'com.microsoft': 1 },
      ); // prettier-ignore
      const { model: float } = dequantizeModel(model);
      expect(float.graph.nodes.map((one) => one.op)).toEqual(['MatMul', 'Add', 'MatMul']);
      expect(await sqnrDb(model, float, noiseFor(model))).toBeGreaterThan(30);
    }
  });

  it('is refused, with the node, where its scales are nowhere constant', () => {
    const model = modelOf({
      inputs: [info('x', [2, 4]), info('w', [4, 3], 'int8')],
      nodes: [node('DynamicQuantizeLinear', ['x'], ['x_q', 'x_s', 'x_z']), node('MatMulInteger', ['x_q', 'w', 'x_z'], ['y'])],
      outputs: [info('y', [2, 3], 'int32')],
    });
    expect(() => dequantizeModel(model)).toThrow(/Node DynamicQuantizeLinear:x_q .* cannot be dequantized/);
  });
});

describe.skipIf(!hasShared)('real models', () => {
  /** The first pictures in raw pixels, and the first recordings as the codes' real values: what these networks are fed. */
  async function samples(kind: 'cifar10' | 'kws', count: number): Promise<ort.Tensor[]> {
    if (kind === 'kws') {
      const codes = new Int8Array(readFileSync(shared('data/kws500a/mfcc_int8_49x10.bin')).buffer);
      const recording = (i: number): Float32Array => Float32Array.from(codes.subarray(490 * i, 490 * (i + 1)), (code) => (code - 83) * 0.5847029);
      return Array.from({ length: count }, (_, i) => new ort.Tensor('float32', recording(i), [1, 49, 10, 1]));
    }
    const folder = shared('data/cifar10-jpeg500/images');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.jpg')).sort().slice(0, count); // prettier-ignore
    return Promise.all(
      files.map(async (file) => {
        const pixels = await sharp(join(folder, file)).removeAlpha().raw().toBuffer();
        return new ort.Tensor('float32', Float32Array.from(pixels), [1, 32, 32, 3]);
      }),
    );
  }

  async function answers(model: Model, feeds: ort.Tensor[]): Promise<number[]> {
    const answer = async (feed: ort.Tensor): Promise<number> => {
      const values = numbersOf((await runModel(model, { feeds: { input: feed } }))['output'] as ort.Tensor);
      return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
    };
    const all: number[] = [];
    for (const feed of feeds) all.push(await answer(feed));
    return all;
  }

  it.each([
    ['kws/dscnn-kws-int8-tflite-qdq.onnx', 'kws'],
    ['cifar10/resnet8-cifar10-int8-tflite-qdq.onnx', 'cifar10'],
    ['odd/resnet8-cifar10-ort-qdq-s8s8-perchannel.onnx', 'cifar10'],
    ['odd/resnet8-cifar10-ort-qoperator-u8s8.onnx', 'cifar10'],
  ] as const)('%s: the float model answers the same', async (file, kind) => {
    const model = readFile(shared('models', file));
    const { model: float } = dequantizeModel(model);
    expect(quantizationKind(float.graph)).toBe('none');
    const feeds = await samples(kind, 12);
    expect(await answers(float, feeds)).toEqual(await answers(model, feeds));
  });

  it.each([
    ['vww/mobilenetv1-0.25-vww96-int8-tflite-qdq.onnx', 31],
    ['mlp/autoencoder-mlp-ad01-int8-tflite-qdq.onnx', 11],
    ['imagenet/mobilenetv1-0.25-128-qat-uint8-qdq.onnx', 31],
    ['odd/autoencoder-mlp-ad01-ort-dynamic-u8.onnx', 0],
  ])('%s: the float model computes nearly the same', async (file, ranges) => {
    const model = readFile(shared('models', file));
    const { model: float, trained } = dequantizeModel(model);
    expect(trained.size).toBe(ranges);
    expect(await sqnrDb(model, float, noiseFor(model))).toBeGreaterThan(20);
  });

  it('a found MobileNetV2 of poor calibration gets back what its float model computes', { timeout: 60_000 }, async () => {
    const { model, notes } = dequantizeModel(readFile(shared('models/imagenet/mobilenetv2-7-found-static-qdq-int8.onnx')));
    expect(notes.map(({ message }) => message)).toEqual([expect.stringContaining('as Clip(0, 6), since their ranges end at 6: 35')]);
    const reference = readFile(shared('models/imagenet/mobilenetv2-7-fp32.onnx'));
    expect(await sqnrDb(reference, model, noiseFor(model, 2))).toBeGreaterThan(9);
  });
});
