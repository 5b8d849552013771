import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { convertOpset } from '../../../src-main/core/onnx/passes/opset/convert.ts';
import { irVersionOf, NEWEST_OPSET, opsetOf } from '../../../src-main/core/onnx/opset.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { info, modelOf, node } from './build.ts';
import { expectClose } from './equal.ts';
import { operatorModels } from './operators.ts';
import { feedFor, noise, runModel } from './run.ts';

type Parts = Parameters<typeof modelOf>[0];

/** Only the conversion; nothing folded. */
function converted(model: Model, to: number): Model {
  const from = opsetOf(model);
  return { ...model, irVersion: irVersionOf(to), opsets: new Map(model.opsets).set('', to), graph: convertOpset(model.graph, from, to) };
}

async function expectSame(actual: Model, original: Model): Promise<void> {
  const feeds = Object.fromEntries(original.graph.inputs.map((input, i) => [input.name, feedFor(input, 2, i + 1)]));
  expectClose(await runModel(actual, { feeds }), await runModel(original, { feeds }), 1e-6);
}

const old = operatorModels.filter(([, model]) => opsetOf(model) <= 21);

describe('conversion to opset 21', () => {
  it.each(old)('computes the same: %s', async (_name, original) => {
    await expectSame(converted(original, 21), original);
  });

  const image = [info('x', [2, 4, 8, 6])];
  const grid = floatTensor('grid', [2, 3, 5, 2], noise(60));
  const ramp = floatTensor('w', [4], noise(4));
  const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];
  const cases: [string, number, Parts][] = [
    ...REDUCTIONS.flatMap((name): [string, number, Parts][] => [
      [`Reduce${name} of axes`, 11, { inputs: image, nodes: [node('Abs', ['x'], ['a']), node(`Reduce${name}`, ['a'], ['y'], { axes: [1, -1], keepdims: 0 })] }],
      [`Reduce${name} of all`, 11, { inputs: image, nodes: [node('Abs', ['x'], ['a']), node(`Reduce${name}`, ['a'], ['y'])] }],
    ]),
    ['Split into equal parts', 13, { inputs: image, outputs: [info('y'), info('z')], nodes: [node('Split', ['x'], ['y', 'z'], { axis: 1 })] }],
    ['Split by an attribute', 11, { inputs: image, outputs: [info('y'), info('z')], nodes: [node('Split', ['x'], ['y', 'z'], { axis: 1, split: [1, 3] })] }],
    ...(['bilinear', 'nearest', 'bicubic', ''] as const).map((mode): [string, number, Parts] => [
      `GridSample ${mode || 'of the default mode'}`,
      16,
      { inputs: image, nodes: [node('GridSample', ['x', 'grid'], ['y'], { ...(mode ? { mode } : {}), padding_mode: 'border' })], constants: [grid] },
    ]),
    ...['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', 'tf_half_pixel_for_nn'].flatMap((how) =>
      ['nearest', 'linear', 'cubic'].map((mode): [string, number, Parts] => [
        `Resize ${mode} ${how}`,
        11,
        {
          inputs: image,
          nodes: [node('Resize', ['x', 'none', 'scales'], ['y'], { mode, coordinate_transformation_mode: how })],
          constants: [floatTensor('none', [0], new Float32Array(0)), floatTensor('scales', [4], new Float32Array([1, 1, 1.5, 2]))],
        },
      ]),
    ),
    [
      'Resize to sizes, with empty scales',
      11,
      {
        inputs: image,
        nodes: [node('Resize', ['x', 'none', 'none', 'sizes'], ['y'], { mode: 'linear' })],
        constants: [floatTensor('none', [0], new Float32Array(0)), intTensor('sizes', [4], [2, 4, 5, 9])],
      },
    ],
    [
      'RoiAlign of half a pixel',
      10,
      {
        inputs: image,
        nodes: [node('RoiAlign', ['x', 'rois', 'batch'], ['y'], { output_height: 3, output_width: 2, sampling_ratio: 2 })],
        constants: [floatTensor('rois', [2, 4], new Float32Array([0, 0, 4, 5, 1, 2, 5, 7])), intTensor('batch', [2], [0, 1])],
      },
    ],
    ...[0, 1].map((count): [string, number, Parts] => [
      `AveragePool beyond the edge, ${count ? 'counting' : 'not counting'} what is padded`,
      11,
      {
        inputs: image,
        nodes: [node('AveragePool', ['x'], ['y'], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1, count_include_pad: count })],
      },
    ]),
    ['LpPool', 11, { inputs: image, nodes: [node('LpPool', ['x'], ['y'], { kernel_shape: [3, 2], strides: [2, 2], p: 3 })] }],
    ['DFT along axis 1', 17, { inputs: [info('x', [2, 8, 4, 1])], nodes: [node('DFT', ['x'], ['y'])] }],
    ['DFT along a given axis', 17, { inputs: [info('x', [2, 8, 4, 1])], nodes: [node('DFT', ['x'], ['y'], { axis: 2, onesided: 1 })] }],
    [
      'BatchNormalization with unread outputs for training',
      7,
      {
        inputs: image,
        nodes: [node('BatchNormalization', ['x', 'w', 'w', 'w', 'v'], ['y'], { spatial: 1 })],
        constants: [ramp, floatTensor('v', [4], noise(4).map(Math.abs))],
      },
    ],
    ['Softmax over rows', 9, { inputs: image, nodes: [node('Softmax', ['x'], ['y'])] }],
    [
      'what a body does',
      11,
      {
        inputs: [...image, info('flag', [], 'bool')],
        nodes: [
          node('If', ['flag'], ['y'], {
            then_branch: { kind: 'graph', value: modelOf({ inputs: [], outputs: [info('t')], nodes: [node('Softmax', ['x'], ['t'])] }).graph },
            else_branch: {
              kind: 'graph',
              value: modelOf({ inputs: [], outputs: [info('e')], nodes: [node('ReduceSum', ['x'], ['m'], { axes: [1] }), node('Sub', ['x', 'm'], ['e'])] })
                .graph,
            },
          }),
        ],
      },
    ],
  ];
  it.each(cases)('%s (opset %i)', async (_name, opset, parts) => {
    const original = modelOf(parts, opset);
    await expectSame(converted(original, 21), original);
    const { model } = prepareModel(original, { opset: 21 });
    expect([model.opsets.get(''), model.irVersion]).toEqual([21, 10]);
    await expectSame(model, original);
  });
});

describe('GroupNormalization 18', () => {
  const group = node('GroupNormalization', ['x', 's', 'b'], ['y'], { num_groups: 3 });
  const [scale, bias] = [floatTensor('s', [3], noise(3, 4)), floatTensor('b', [3], noise(3, 5))];

  it('repeats constants for the channels of their group', async () => {
    const original = modelOf({ inputs: [info('x', [2, 6, 5])], nodes: [group], constants: [scale, bias] }, 18);
    const { model } = prepareModel(original, { opset: 21 });
    expect(model.graph.nodes).toHaveLength(1);
    await expectSame(model, original);
  });

  it('repeats what is computed too', async () => {
    const nodes = [node('Mul', ['z', 's'], ['s1']), { ...group, inputs: ['x', 's1', 'b'] }];
    const original = modelOf({ inputs: [info('x', [2, 6, 5]), info('z', [1])], nodes, constants: [scale, bias] }, 18);
    await expectSame(prepareModel(original, { opset: 21 }).model, original);
  });

  it('needs the number of channels', () => {
    const model = modelOf({ inputs: [info('x', null)], nodes: [group], constants: [scale, bias] }, 18);
    expect(() => prepareModel(model, { opset: 21 })).toThrow(/GroupNormalization:y .*opset 21.*channels is not known/);
  });
});

describe('newer opsets', () => {
  it.each([22, 23, 24, 25, NEWEST_OPSET])('%i is understood as it is: ONNX Runtime loads it and computes the same as 21', async (opset) => {
    // Of GlobalLpPool 22 and MaxRoiPool 22 ONNX Runtime has no kernels.
    const foreign = /Quantize|Integer|GlobalLpPool|MaxRoiPool/;
    const float = old.filter(([, { opsets, graph }]) => opsets.size === 1 && graph.nodes.every(({ op }) => !foreign.test(op)));
    for (const [, original] of float) {
      const expected = converted(original, 21);
      await expectSame(prepareModel({ ...expected, irVersion: irVersionOf(opset), opsets: new Map([['', opset]]) }).model, expected);
    }
  });
});
