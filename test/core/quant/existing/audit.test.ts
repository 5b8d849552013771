import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { AuditReportSchema } from '../../../../src-main/contract/audit.ts';
import type { Model, Node, Tensor } from '../../../../src-main/core/onnx/graph.ts';
import { floatTensor, intTensor, type IntegerElementType } from '../../../../src-main/core/onnx/tensor.ts';
import { auditQuantized } from '../../../../src-main/core/quant/existing/audit.ts';
import { foldTrainedWeights } from '../../../../src-main/core/quant/existing/fold-trained.ts';
import { hasShared, shared } from '../../../fixtures/shared.ts';
import { info, modelOf, node } from '../../onnx/build.ts';
import { noise, readFile } from '../../onnx/run.ts';

const floats = (name: string, values: readonly number[], dims = values.length === 1 ? [] : [values.length]): Tensor =>
  floatTensor(name, dims, Float32Array.from(values));
const ints = (name: string, values: readonly number[], type: IntegerElementType, dims = values.length === 1 ? [] : [values.length]): Tensor =>
  intTensor(name, dims, values, type);
const q = (name: string, from = name): Node => node('QuantizeLinear', [from, `${name}_scale`, `${name}_zero_point`], [`${name}_quantized`]);
const dq = (name: string, to = `${name}_dq`, attributes = {}): Node =>
  node('DequantizeLinear', [`${name}_quantized`, `${name}_scale`, `${name}_zero_point`], [to], attributes);
/** Codes that fill ±127, whatever the seed. */
const codes = (count: number, seed = 1): number[] =>
  Array.from(noise(count, seed), (value, i) => (i % 9 === 0 ? (i % 2 ? 127 : -127) : Math.round(value * 127)));

/** x → Conv per channel with an integer bias → MaxPool → y, as a good quantizer writes it. */
function sound(changes: Tensor[] = [], edit: (nodes: Node[]) => Node[] = (nodes) => nodes, opset = 13): Model {
  const constants = [
    floats('x_scale', [0.5]), ints('x_zero_point', [128], 'uint8'),
    floats('w_scale', [0.01, 0.02]), ints('w_zero_point', [0, 0], 'int8'), ints('w_quantized', codes(36), 'int8', [2, 2, 3, 3]),
    floats('b_scale', [0.005, 0.01]), ints('b_zero_point', [0, 0], 'int32'), ints('b_quantized', [100, -200], 'int32'),
    floats('c_scale', [0.7]), ints('c_zero_point', [120], 'uint8'),
    floats('p_scale', [0.7]), ints('p_zero_point', [120], 'uint8'),
  ]; // prettier-ignore
  const nodes = [
    q('x'), dq('x'), dq('w', 'w', { axis: 0 }), dq('b', 'b', { axis: 0 }), node('Conv', ['x_dq', 'w', 'b'], ['c']), q('c'), dq('c'),
    node('MaxPool', ['c_dq'], ['p'], { kernel_shape: [2, 2] }), q('p'), dq('p', 'y'),
  ]; // prettier-ignore
  const all = new Map([...constants, ...changes].map((tensor) => [tensor.name, tensor]));
  return modelOf({ inputs: [info('x', [1, 2, 6, 6])], nodes: edit(nodes), constants: [...all.values()], outputs: [info('y', [1, 2, 3, 3])] }, opset);
}

/** Codes of the findings above a note. */
const wrong = (model: Model): string[] => auditQuantized(model).findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code); // prettier-ignore
const replace = (name: string, by: Node[]) => (nodes: Node[]): Node[] => nodes.flatMap((one) => (one.name === name ? by : [one])); // prettier-ignore

it('warns of float weights that ONNX Runtime will round', () => {
  const weights = floats('w', [...noise(36, 3)], [2, 2, 3, 3]);
  const bare = sound([weights], (nodes) => nodes.filter(({ outputs }) => outputs[0] !== 'w'));
  bare.graph.constants.set('b', floats('b', [1, 2]));
  const without: Model = { ...bare, graph: { ...bare.graph, nodes: bare.graph.nodes.filter(({ outputs }) => outputs[0] !== 'b') } };
  expect(wrong(without)).toContain('audit-float-rounded');
  expect(wrong(sound())).not.toContain('audit-float-rounded');
});

it('has nothing against a sound model, and counts what is in it', () => {
  const report = auditQuantized(sound());
  expect(v.parse(AuditReportSchema, report)).toEqual(report);
  expect(report.findings).toEqual([
    {
      severity: 'note',
      code: 'audit-input-range',
      message: 'The input x was calibrated for values from -64 to 63.5 in steps of 0.5; a preprocessing that gives others was not the one of the calibration.',
      tensor: 'x',
    },
  ]);
  expect(report.summary).toEqual({
    form: 'qdq',
    quantizeNodes: 3,
    dequantizeNodes: 5,
    nodes: { integer: 2, float: 0, fused: 0 },
    share: 100,
    activationTypes: ['uint8'],
    weightTypes: ['int8'],
    weights: { perChannel: 1, perTensor: 0 },
  });
  expect(report.tensors.map(({ name, kind, type, granularity, symmetric }) => [name, kind, type, granularity, symmetric])).toEqual([
    ['x', 'activation', 'uint8', 'per-tensor', true],
    ['c', 'activation', 'uint8', 'per-tensor', false],
    ['p', 'activation', 'uint8', 'per-tensor', false],
    ['w', 'weight', 'int8', 'per-channel', true],
    ['b', 'bias', 'int32', 'per-channel', true],
  ]);
});

describe('finds', () => {
  it.each<[string, Tensor[]]>([
    ['audit-scale-not-positive', [floats('c_scale', [0])]],
    ['audit-scale-not-positive', [floats('x_scale', [-0.5])]],
    ['audit-scale-not-finite', [floats('c_scale', [NaN])]],
    ['audit-scale-not-finite', [floats('w_scale', [0.01, Infinity])]],
    ['audit-scale-subnormal', [floats('c_scale', [1e-39])]],
    ['audit-zero-point-type', [ints('w_zero_point', [0, 0], 'uint8')]],
    ['audit-zero-point-count', [ints('w_zero_point', [0, 0, 0], 'int8')]],
    ['audit-zero-point-bias', [ints('b_zero_point', [0, 7], 'int32')]],
    ['audit-weight-zero-point', [ints('w_zero_point', [0, 3], 'int8')]],
    ['audit-codes-wasted', [ints('w_quantized', codes(36).map((code) => code >> 2), 'int8', [2, 2, 3, 3])]],
    ['audit-axis-length', [floats('w_scale', [0.01, 0.02, 0.03]), ints('w_zero_point', [0, 0, 0], 'int8')]],
    ['audit-bias-scale', [floats('b_scale', [0.005, 0.011])]],
    ['audit-bias-saturated', [ints('b_quantized', [100, 2 ** 31 - 1], 'int32')]],
    ['audit-unshared', [floats('p_scale', [0.6])]],
  ])('%s', (code, changes) => {
    expect(wrong(sound(changes))).toContain(code);
  }); // prettier-ignore

  it('scales along another axis than the output channels', () => {
    expect(wrong(sound([], replace('DequantizeLinear:w', [dq('w', 'w', { axis: 1 })])))).toEqual(['audit-axis-wrong']);
  });

  it('per-channel scales in a model of opset 12', () => {
    const { findings } = auditQuantized(sound([], undefined, 12));
    expect(findings[0]).toMatchObject({ code: 'audit-opset', severity: 'error' });
  });

  it('int8 activations with uint8 weights', () => {
    const changes = [
      ...['x', 'c', 'p'].map((name) => ints(`${name}_zero_point`, [0], 'int8')),
      floats('w_scale', [0.01]),
      ints('w_zero_point', [128], 'uint8'),
      ints('w_quantized', codes(36).map((code) => code + 128), 'uint8', [2, 2, 3, 3]),
      floats('b_scale', [0.005]),
      ints('b_zero_point', [0], 'int32'),
    ]; // prettier-ignore
    expect(wrong(sound(changes))).toEqual(['audit-types']);
  });

  it('channels that a common scale starves', () => {
    const weights = codes(36).map((code, i) => (i < 18 ? code : Math.sign(code)));
    const changes = [floats('w_scale', [0.01]), ints('w_zero_point', [0], 'int8'), ints('w_quantized', weights, 'int8', [2, 2, 3, 3])];
    expect(wrong(sound([...changes, floats('b_scale', [0.005]), ints('b_zero_point', [0], 'int32')]))).toEqual(['audit-weights-starved']);
  });

  it('weights that were on a coarser grid before', () => {
    const grid = (count: number): number[] => codes(count).map((code) => Math.round(Math.round(code / 16.9) * 16.9));
    const changes = [ints('w_quantized', grid(144), 'int8', [2, 8, 3, 3])];
    expect(wrong(sound(changes))).toContain('audit-weights-requantized');
    expect(wrong(sound([ints('w_quantized', codes(144), 'int8', [2, 8, 3, 3])]))).toEqual([]);
  });

  it('an output that was never codes, and float nodes between integer ones', () => {
    expect(wrong(sound([], (nodes) => [...nodes.slice(0, 7), node('MaxPool', ['c_dq'], ['y'], { kernel_shape: [2, 2] })]))).toEqual(['audit-output-float']);
    const island = [node('Exp', ['c_dq'], ['e']), node('Neg', ['e'], ['n']), node('MaxPool', ['n'], ['p'], { kernel_shape: [2, 2] })];
    const { findings, placements } = auditQuantized(sound([], replace('MaxPool:p', island)));
    const message = 'Float nodes between integer ones: 3 in 1 place (Exp 1, Neg 1, MaxPool 1), the first is Exp:e; each costs conversions at its edges.';
    expect(findings.find(({ code }) => code === 'audit-float-island')?.message).toBe(message);
    expect(placements.map(({ placement }) => placement)).toEqual(['integer', 'float', 'float', 'float']);
  });

  it('tensors that are rounded twice, and codes that are read otherwise than written', () => {
    const other = [floats('d_scale', [0.9]), ints('d_zero_point', [100], 'uint8')];
    const twice = replace('MaxPool:p', [q('d', 'c_dq'), dq('d'), node('MaxPool', ['d_dq'], ['p'], { kernel_shape: [2, 2] })]);
    expect(wrong(sound([...other, floats('p_scale', [0.9]), ints('p_zero_point', [100], 'uint8')], twice))).toEqual(['audit-quantized-twice']);
    const reread = replace('DequantizeLinear:c_dq', [node('DequantizeLinear', ['c_quantized', 'd_scale', 'd_zero_point'], ['c_dq'])]);
    expect(wrong(sound(other, reread))).toContain('audit-reread');
  });

  it('a Relu between Conv and its pair is part of it', () => {
    const behind = (nodes: Node[]): Node[] => replace('QuantizeLinear:c_quantized', [node('Relu', ['c'], ['r']), q('c', 'r')])(nodes);
    const report = auditQuantized(sound([], behind));
    expect(report.placements.map(({ op, placement }) => `${op} ${placement}`)).toEqual(['Conv integer', 'Relu fused', 'MaxPool integer']);
    expect(report.findings.map(({ code }) => code)).toEqual(['audit-input-range']);
  });
});

describe.skipIf(!hasShared)('real models', () => {
  const summary = (file: string) => {
    const { findings, summary: s } = auditQuantized(foldTrainedWeights(readFile(shared('models', file))));
    return { above: findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code), findings, s };
  };

  it.each([
    ['odd/resnet8-cifar10-ort-qdq-s8s8-perchannel.onnx', 'qdq', []],
    ['odd/resnet8-cifar10-ort-qoperator-u8s8.onnx', 'qoperator', []],
    ['mlp/autoencoder-mlp-ad01-int8-tflite-qdq.onnx', 'qdq', []],
    // Flatten and the Gemm behind it have no pair between them: ONNX Runtime 1.30 leaves both in float (seen in the graph that it optimizes to).
    ['kws/dscnn-kws-int8-tflite-qdq.onnx', 'qdq', ['audit-float-island']],
    ['vww/mobilenetv1-0.25-vww96-int8-tflite-qdq.onnx', 'qdq', ['audit-float-island']],
    // Trained per tensor; the same missing pair, before Softmax.
    ['imagenet/mobilenetv1-0.25-128-qat-uint8-qdq.onnx', 'qdq', ['audit-weights-starved', 'audit-float-island']],
  ])('%s', (file, form, codes) => {
    const { above, s } = summary(file);
    expect(above).toEqual(codes);
    expect(s.form).toBe(form);
    expect(s.share).toBeGreaterThan(80);
  });

  it('the found MobileNetV2: calibrated on raw pixels less their mean, which its float model never sees; per tensor', () => {
    const { findings } = summary('imagenet/mobilenetv2-7-found-static-qdq-int8.onnx');
    expect(findings.find(({ code }) => code === 'audit-input-range')?.message).toContain('from -124 to 151 in steps of 1.08');
    expect(findings.map(({ code }) => code)).toContain('audit-weights-starved');
  });

  it('a float model has nothing to audit', () => {
    const { findings, s } = summary('cifar10/resnet8-cifar10-fp32.onnx');
    expect([s.form, s.share, findings]).toEqual(['none', 0, []]);
  });
});
