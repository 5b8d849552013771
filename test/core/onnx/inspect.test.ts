import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src-main/contract/model.ts';
import { inspectModel } from '../../../src-main/core/onnx/inspect.ts';
import type { Model, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { assertQuantizable } from '../../../src-main/core/onnx/support.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { hasShared, shared } from '../../fixtures/shared.ts';
import { info, modelOf, node } from './build.ts';
import { readFile } from './run.ts';

const weights = (name: string, dims: number[]): Tensor => floatTensor(name, dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
const problemsOf = (model: Model): Problem[] => inspectModel(model).problems;
const codesOf = (model: Model): string[] => problemsOf(model).map((problem) => problem.code);
const refusalOf = (model: Model): unknown => {
  try {
    assertQuantizable(model);
    return null;
  } catch (error) {
    return [(error as { code: string }).code, (error as Error).message];
  }
};

describe('multiply-accumulates', () => {
  const macs = (parts: Parameters<typeof modelOf>[0]): (number | null)[] => inspectModel(modelOf(parts)).nodes.map((row) => row.macs);
  const image = [info('x', ['N', 8, 10, 12])];

  it('of a convolution: output elements × input channels of the group × kernel', () => {
    expect(macs({ inputs: image, nodes: [node('Conv', ['x', 'w'], ['y'])], constants: [weights('w', [16, 8, 3, 3])] })).toEqual([16 * 8 * 10 * 8 * 9]);
    const depthwise = { inputs: image, nodes: [node('Conv', ['x', 'w'], ['y'], { group: 8, strides: [2, 2] })], constants: [weights('w', [8, 1, 3, 3])] };
    expect(macs(depthwise)).toEqual([8 * 4 * 5 * 9]);
  });

  it('of a transposed convolution: input elements × output channels of the group × kernel', () => {
    const parts = { inputs: image, nodes: [node('ConvTranspose', ['x', 'w'], ['y'], { strides: [2, 2] })], constants: [weights('w', [8, 5, 3, 3])] };
    expect(macs(parts)).toEqual([8 * 10 * 12 * 5 * 9]);
  });

  it('of products of matrices: output elements × inner size', () => {
    const flat = [info('x', ['N', 7])];
    expect(macs({ inputs: flat, nodes: [node('Gemm', ['x', 'w'], ['y'], { transB: 1 })], constants: [weights('w', [5, 7])] })).toEqual([35]);
    expect(macs({ inputs: flat, nodes: [node('MatMul', ['x', 'w'], ['y'])], constants: [weights('w', [7, 5])] })).toEqual([35]);
    const attention = { inputs: [info('x', [1, 2, 3, 4]), info('z', [1, 2, 4, 6])], nodes: [node('MatMul', ['x', 'z'], ['y'])] };
    expect(macs(attention)).toEqual([2 * 3 * 6 * 4]);
  });

  it('for one of a fixed batch, 0 for what does not multiply, null for what is not known', () => {
    const conv = (shape: (number | string)[]) => ({
      inputs: [info('x', shape)],
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Relu', ['a'], ['y'])],
      constants: [weights('w', [16, 8, 3, 3])],
    });
    expect(macs(conv([4, 8, 10, 12]))).toEqual([16 * 8 * 10 * 8 * 9, 0]);
    expect(macs(conv(['N', 8, 'H', 'W']))).toEqual([null, 0]);
    expect(inspectModel(modelOf(conv(['N', 8, 'H', 'W']))).macs).toBe(null);
  });

  it.skipIf(!hasShared)('of real models', () => {
    expect(inspectModel(readFile(shared('models/imagenet/mobilenetv2-7-fp32.onnx'))).macs).toBe(mobileNetV2());
    // As float and as QOperator; MLPerf Tiny gives 12.5 million for its ResNet-8.
    expect(inspectModel(readFile(shared('models/odd/resnet8-cifar10-ort-qoperator-u8s8.onnx'))).macs).toBe(12_501_632);
    expect(inspectModel(readFile(shared('models/cifar10/resnet8-cifar10-fp32.onnx'))).macs).toBe(12_501_632);
  });
});

/** Closed form from table 2 of the MobileNetV2 paper: expansion t, channels c, repetitions n, stride s; 300 million in all. */
function mobileNetV2(): number {
  const table = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]] as const; // prettier-ignore
  let size = 112;
  let channels = 32;
  let macs = size ** 2 * channels * 27;
  for (const [t, c, n, s] of table) {
    for (let i = 0; i < n; i++) {
      const wide = channels * t;
      if (t > 1) macs += size ** 2 * channels * wide;
      size /= i === 0 ? s : 1;
      macs += size ** 2 * wide * 9 + size ** 2 * wide * c;
      channels = c;
    }
  }
  return macs + size ** 2 * channels * 1280 + 1280 * 1000;
}

describe('inspectModel', () => {
  it('describes nodes, counts parameters once, and sorts operators by number', () => {
    const report = inspectModel(
      modelOf({
        inputs: [info('x', ['N', 3])],
        nodes: [
          node('Gemm', ['x', 'w', 'b'], ['a']),
          node('Constant', [], ['k'], { value: weights('', [3]) }),
          node('Add', ['a', 'k'], ['c']),
          node('Gemm', ['c', 'w', ''], ['y']),
          node('Reshape', ['y', 's'], ['r']),
        ],
        outputs: [info('r', null, 'other')],
        constants: [weights('w', [3, 3]), weights('b', [3]), intTensor('s', [1], [-1])],
      }),
    );
    expect(report.parameters).toBe(15);
    expect(report.operators.map(({ op, count }) => [op, count])).toEqual([
      ['Gemm', 2],
      ['Add', 1],
      ['Constant', 1],
      ['Reshape', 1],
    ]);
    expect(report.nodes[0]).toEqual({
      index: 0,
      name: 'Gemm:a',
      op: 'Gemm',
      domain: '',
      inputs: ['x', 'w', 'b'],
      outputs: ['a'],
      type: 'float32',
      shape: ['N', 3],
      parameters: 12,
      macs: 9,
    });
    expect(report.nodes.map((row) => row.parameters)).toEqual([12, 0, 3, 9, 0]);
    expect(report.nodes[3]?.inputs).toEqual(['c', 'w']);
    expect(report.outputs).toEqual([info('r', [null])]);
    expect(report.opsets).toEqual([{ domain: '', version: 13 }]);
    expect(report.quantization).toBe('none');
  });

  it('says what is odd', () => {
    const relu = (shape: Parameters<typeof info>[1]) => ({ inputs: [info('x', shape)], nodes: [node('Relu', ['x'], ['y'])] });
    expect(codesOf(modelOf(relu([1, 3, 4, 4])))).toEqual([]);
    expect(codesOf(modelOf(relu(['N', 3, 4, 4])))).toEqual(['model-dynamic-batch']);
    expect(problemsOf(modelOf(relu(['N', 3, 'H', 4])))).toEqual([
      { severity: 'warning', code: 'model-dynamic-shape', tensor: 'x', message: expect.stringMatching(/\[N, 3, H, 4\]/) },
    ]);
    expect(codesOf(modelOf(relu(null)))).toEqual(['model-dynamic-shape']);
    expect(codesOf(modelOf(relu([1, 3])))).toEqual(['model-input-not-image']);
    expect(codesOf(modelOf(relu([1, 3, 4, 4]), 11))).toEqual(['model-old-opset']);
    expect(codesOf({ ...modelOf(relu([1, 3, 4, 4])), listedAsInputs: ['w'] })).toEqual(['model-weights-listed-as-inputs']);
    const dead = modelOf({ ...relu([1, 3, 4, 4]), nodes: [node('Relu', ['x'], ['y']), node('Exp', ['y'], ['d']), node('Neg', ['d'], ['e'])] });
    expect(problemsOf(dead)).toEqual([
      { severity: 'note', code: 'model-dead-nodes', node: 'Exp:d', message: expect.stringMatching(/Exp:d \(Exp\) and 1 more/) },
    ]);
    const unknown = modelOf({ ...relu([1, 3, 4, 4]), nodes: [node('DeformConv', ['x'], ['y'])] });
    expect(problemsOf(unknown)).toEqual([
      { severity: 'warning', code: 'model-unknown-operator', node: 'DeformConv:y', message: expect.stringMatching(/DeformConv/) },
    ]);
  });

  it.skipIf(!hasShared).each([
    ['cifar10/resnet8-cifar10-int8-tflite-qdq.onnx', 'qdq'],
    ['odd/resnet8-cifar10-ort-qoperator-u8s8.onnx', 'qoperator'],
    ['odd/autoencoder-mlp-ad01-ort-dynamic-u8.onnx', 'dynamic'],
    ['cifar10/resnet8-cifar10-fp32.onnx', 'none'],
  ])('recognises how %s is quantized', (file, kind) => {
    const report = inspectModel(readFile(shared('models', file)));
    expect(report.quantization).toBe(kind);
    const codes = report.problems.map((problem) => [problem.severity, problem.code]);
    if (kind === 'none') expect(codes).not.toContainEqual(['note', 'model-already-quantized']);
    else expect(codes).toContainEqual(['note', 'model-already-quantized']);
  });

  it.skipIf(!hasShared)('counts the same parameters in the float and the quantized form', () => {
    const count = (file: string): number => inspectModel(readFile(shared('models', file))).parameters;
    const float = count('cifar10/resnet8-cifar10-fp32.onnx');
    expect(float).toBe(77_706);
    expect(count('cifar10/resnet8-cifar10-int8-tflite-qdq.onnx')).toBe(float);
    expect(count('odd/resnet8-cifar10-ort-qoperator-u8s8.onnx')).toBe(float);
  });
});

describe('assertQuantizable', () => {
  const image = [info('x', [1, 3, 4, 4])];

  it('lets float models pass', () => {
    expect(refusalOf(modelOf({ inputs: image, nodes: [node('Relu', ['x'], ['y'])] }))).toBe(null);
    // A single infinity is a bound that does not bound.
    const bound = { inputs: image, nodes: [node('Clip', ['x', '', 'm'], ['y'])], constants: [floatTensor('m', [], new Float32Array([Infinity]))] };
    expect(refusalOf(modelOf(bound))).toBe(null);
  });

  it('names node, operator and domain of an unknown operator', () => {
    const model = modelOf({ inputs: image, nodes: [node('Swish', ['x'], ['a'], {}, 'my.ops'), node('Swish', ['a'], ['y'], {}, 'my.ops')] });
    expect(refusalOf(model)).toEqual(['model-unknown-domain', expect.stringMatching(/Swish:a \(and 1 more\) .*Swish of the domain my\.ops/)]);
    expect(problemsOf(model)[0]).toMatchObject({ severity: 'error', code: 'model-unknown-domain', node: 'Swish:a' });
  });

  it('names the constant with NaN and how many there are', () => {
    const broken = floatTensor('w', [2, 2], new Float32Array([1, NaN, -Infinity, 0]));
    const model = modelOf({ inputs: [info('x', [1, 2])], nodes: [node('MatMul', ['x', 'w'], ['y'])], constants: [broken] });
    expect(refusalOf(model)).toEqual(['model-nan-weights', expect.stringMatching(/w, read by node MatMul:y \(MatMul\), has 2 of 4 values/)]);
    expect(problemsOf(model)[0]).toMatchObject({ severity: 'error', code: 'model-nan-weights', tensor: 'w' });
  });

  it('refuses local functions, other float types and unknown opsets', () => {
    const local = { ...modelOf({ inputs: image, nodes: [node('Twice', ['x'], ['y'], {}, 'mine')] }), functions: ['mine.Twice'] };
    expect(refusalOf(local)).toEqual(['model-unsupported-operator', expect.stringMatching(/Twice:y calls Twice/)]);
    const half = modelOf({ inputs: [info('x', [1, 3], 'float16')], nodes: [node('Relu', ['x'], ['y'])] });
    expect(refusalOf(half)).toEqual(['model-unsupported-type', expect.stringMatching(/input x, read by node Relu:y \(Relu\), is float16/)]);
    const double = { name: 'w', type: 'float64' as const, dims: [2], bytes: new Uint8Array(16) };
    const wide = modelOf({ inputs: [info('x', [1, 2], 'float64')], nodes: [node('Add', ['x', 'w'], ['y'])], constants: [double] });
    expect(refusalOf(wide)).toEqual(['model-unsupported-type', expect.stringMatching(/float64/)]);
    expect(refusalOf(modelOf({ inputs: image, nodes: [node('Relu', ['x'], ['y'])] }, 5))).toEqual([
      'model-unsupported-opset',
      expect.stringMatching(/opset 5/),
    ]);
  });

  it('lets control flow pass, and says that it stays float; unknown domains inside count', () => {
    const branching = (domain: string): Model => {
      const body = modelOf({ inputs: [], nodes: [node('Neg', ['x'], ['y'], {}, domain)] }).graph;
      const branches = { then_branch: { kind: 'graph', value: body }, else_branch: { kind: 'graph', value: body } } as const;
      return modelOf({ inputs: image, nodes: [node('If', ['flag'], ['y'], branches)], constants: [intTensor('flag', [], [1], 'bool')] });
    };
    expect(refusalOf(branching(''))).toBe(null);
    expect(problemsOf(branching(''))).toEqual([
      { severity: 'note', code: 'model-control-flow', node: 'If:y', message: expect.stringMatching(/If:y \(If\) .*stay float/) },
    ]);
    expect(refusalOf(branching('my.ops'))).toEqual(['model-unknown-domain', expect.stringMatching(/Neg:y/)]);
  });

  it.skipIf(!hasShared).each([
    [
      'odd/superresolution-extensions-opset18.onnx',
      'model-unknown-domain',
      /pre_process_0 uses the operator DecodeImage of the domain com\.microsoft\.extensions/,
    ],
    ['odd/resnet20-cifar10-fp16.onnx', 'model-unsupported-type', /conv1\.weight, read by node n1_conv \(Conv\), is float16/],
    ['imagenet/mobilenetv2-7-found-static-qdq-int8.onnx', 'model-already-quantized', /QDQ: node .* is a DequantizeLinear/],
    ['odd/autoencoder-mlp-ad01-ort-dynamic-u8.onnx', 'model-already-quantized', /dynamic: node .* is a DynamicQuantizeLinear/],
  ])('says why %s is refused', (file, code, message) => {
    expect(refusalOf(readFile(shared('models', file)))).toEqual([code, expect.stringMatching(message)]);
  });
});
