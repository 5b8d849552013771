import type { Model, Tensor, TensorInfo } from '../../../src-main/core/onnx/graph.ts';
import { floatTensor, intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { info, modelOf, node } from './build.ts';
import { noise } from './run.ts';

const ints = (name: string, values: number[]): Tensor => intTensor(name, [values.length], values);
const floats = (name: string, dims: number[]): Tensor => floatTensor(name, dims, noise(dims.reduce((a, b) => a * b, 1)));
const byte = (name: string, value: number): Tensor => intTensor(name, [], [value], 'uint8');
const real = (name: string, value: number): Tensor => floatTensor(name, [], new Float32Array([value]));

type Attributes = Parameters<typeof node>[3];

/** One node y = op(x, …constants). */
function single(op: string, shape: TensorInfo['shape'], attributes: Attributes = {}, constants: Tensor[] = [], opset = 13): [string, Model] {
  const label = `${op} ${opset} [${(shape ?? []).join(', ')}] ${JSON.stringify(attributes)} ${constants.map((c) => `${c.name}[${c.dims.join(',')}]`).join(' ')}`;
  return [label, modelOf({ inputs: [info('x', shape)], nodes: [node(op, ['x', ...constants.map((c) => c.name)], ['y'], attributes)], constants }, opset)];
}

function graph(label: string, parts: Parameters<typeof modelOf>[0], opset = 13, domains: Record<string, number> = {}): [string, Model] {
  return [label, modelOf(parts, opset, domains)];
}

const image: TensorInfo['shape'] = [2, 4, 11, 13];
const triple = (name: string): Tensor[] => [real(`${name}_s`, 0.02), byte(`${name}_z`, 128)];
const quantized = { name: 'w8', type: 'uint8' as const, dims: [6, 4, 3, 3], bytes: new Uint8Array(216).fill(130) };
const matrix8 = { name: 'm8', type: 'uint8' as const, dims: [13, 5], bytes: new Uint8Array(65).fill(130) };

/** A graph for every operator that shape inference knows and every form of it that counts; ONNX Runtime runs each of them. */
export const operatorModels: [string, Model][] = [
  single('Conv', image, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, [floats('w', [6, 4, 3, 3]), floats('b', [6])]),
  single('Conv', image, { dilations: [2, 3] }, [floats('w', [6, 4, 3, 3])]),
  single('Conv', image, { group: 4, auto_pad: 'SAME_UPPER', strides: [2, 3] }, [floats('w', [8, 1, 3, 2])]),
  single('Conv', image, { auto_pad: 'VALID', strides: [2, 2] }, [floats('w', [6, 4, 3, 3])]),
  single('Conv', [2, 4, 17], { pads: [2, 0] }, [floats('w', [3, 4, 5])]),
  single('ConvTranspose', image, { strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 0], group: 2 }, [floats('w', [4, 3, 3, 3])]),
  single('ConvTranspose', image, { strides: [2, 2], auto_pad: 'SAME_UPPER' }, [floats('w', [4, 3, 3, 3])]),
  single('ConvTranspose', image, { strides: [2, 2], output_shape: [23, 27] }, [floats('w', [4, 3, 3, 3])]),
  ...['MaxPool', 'AveragePool'].flatMap((op) => [
    single(op, image, { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    single(op, image, { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1, pads: [0, 0, 1, 1] }),
    single(op, image, { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' }),
    single(op, image, { kernel_shape: [3, 2], strides: [3, 2], pads: [1, 0, 1, 1] }),
  ]),
  single('MaxPool', image, { kernel_shape: [3, 3], dilations: [2, 2], strides: [3, 3], ceil_mode: 1 }),
  single('LpPool', image, { kernel_shape: [3, 3], strides: [2, 2] }),
  single('GlobalAveragePool', image),
  single('GlobalMaxPool', image),
  single('GlobalLpPool', image),
  graph('MaxPool with indices', { inputs: [info('x', image)], nodes: [node('MaxPool', ['x'], ['y', 'i'], { kernel_shape: [2, 2] })] }),

  single('Gemm', [2, 7], { transB: 1, alpha: { kind: 'float', value: 2 } }, [floats('w', [5, 7]), floats('c', [5])]),
  single('Gemm', [7, 2], { transA: 1 }, [floats('w', [7, 5])]),
  single('MatMul', [2, 3, 5], {}, [floats('w', [5, 4])]),
  single('MatMul', [2, 1, 3, 5], {}, [floats('w', [6, 5, 4])]),
  single('MatMul', [5], {}, [floats('w', [2, 5, 4])]),
  single('MatMul', [2, 5], {}, [floats('w', [5])]),
  single('LSTM', [7, 2, 3], { hidden_size: 4, direction: 'bidirectional' }, [floats('w', [2, 16, 3]), floats('r', [2, 16, 4])]),
  single('GRU', [7, 2, 3], { hidden_size: 4 }, [floats('w', [1, 12, 3]), floats('r', [1, 12, 4])]),

  single('Reshape', [2, 3, 4], {}, [ints('s', [0, -1, 2])]),
  single('Reshape', [2, 3, 4], {}, [ints('s', [4, 6])]),
  single('Reshape', [2, 0, 4], { allowzero: 1 }, [ints('s', [0, 7])], 14),
  single('Flatten', [2, 3, 4], { axis: 2 }),
  single('Flatten', [2, 3, 4], { axis: -2 }),
  single('Flatten', [2, 3, 4], { axis: 0 }),
  single('Transpose', [2, 3, 4]),
  single('Transpose', [2, 3, 4], { perm: [1, 2, 0] }),
  single('Squeeze', [1, 3, 1, 4]),
  single('Squeeze', [1, 3, 1, 4], {}, [ints('a', [-2])]),
  single('Squeeze', [1, 3, 1, 4], { axes: [0, 2] }, [], 11),
  single('Unsqueeze', [3, 4], {}, [ints('a', [0, -1])]),
  single('Unsqueeze', [3, 4], { axes: [2, 0] }, [], 11),
  single('Expand', [3, 1], {}, [ints('s', [2, 1, 6])]),
  single('Tile', [3, 1], {}, [ints('r', [2, 3])]),
  single('DepthToSpace', [1, 8, 2, 3], { blocksize: 2 }),
  single('SpaceToDepth', [1, 2, 4, 6], { blocksize: 2 }),
  single('Concat', [2, 3], { axis: -1 }, [floats('a', [2, 1]), floats('b', [2, 5])]),
  ...[
    { given: {}, inputs: ['x'], constants: [] as Tensor[], opset: 13, outputs: 3 },
    { given: { axis: -1 }, inputs: ['x', 's'], constants: [ints('s', [2, 5, 6])], opset: 13, outputs: 3 },
    { given: { axis: 1, split: [1, 3] }, inputs: ['x'], constants: [], opset: 11, outputs: 2 },
    { given: { axis: 2, num_outputs: 3 }, inputs: ['x'], constants: [], opset: 18, outputs: 3 },
  ].map(({ given, inputs, constants, opset, outputs }): [string, Model] =>
    graph(
      `Split ${opset} ${JSON.stringify(given)}`,
      { inputs: [info('x', [6, 4, 13])], nodes: [node('Split', inputs, ['y', 'y1', 'y2'].slice(0, outputs), given)], constants },
      opset,
    ),
  ),

  single('Slice', [5, 6, 7], { starts: [1, -3], ends: [2 ** 63, -1], axes: [0, 2] }, [], 9),
  single('Slice', [5, 6, 7], {}, [ints('s', [4, 100]), ints('e', [-100, 2]), ints('a', [0, -1]), ints('t', [-1, -2])]),
  single('Slice', [5, 6, 7], {}, [ints('s', [2]), ints('e', [1])]),
  single('Gather', [5, 6, 7], { axis: 1 }, [intTensor('i', [2, 2], [0, -1, 3, 5])]),
  single('Gather', [5, 6], {}, [intTensor('i', [], [2])]),
  single('GatherElements', [3, 3], { axis: 1 }, [intTensor('i', [3, 2], [0, 1, 2, 0, 1, 1])]),
  single('GatherND', [2, 3, 4], {}, [intTensor('i', [2, 1], [0, 1])]),
  single('Pad', [2, 3, 4], { pads: [0, 1, 2, 0, 0, -1], mode: 'constant' }, [], 9),
  single('Pad', [2, 3, 4], {}, [ints('p', [0, 1, 2, 0, 0, -1])]),
  single('Pad', [2, 3, 4], { mode: 'edge' }, [ints('p', [1, 2]), real('v', 0), ints('a', [-1])], 18),
  graph('Resize by scales', {
    inputs: [info('x', [1, 2, 33, 7])],
    nodes: [node('Resize', ['x', '', 's'], ['y'], { mode: 'linear' })],
    constants: [floatTensor('s', [4], new Float32Array([1, 1, 513 / 33, 0.6]))],
  }),
  graph('Resize to sizes', {
    inputs: [info('x', [1, 2, 33, 7])],
    nodes: [node('Resize', ['x', '', '', 's'], ['y'], { mode: 'nearest' })],
    constants: [ints('s', [1, 2, 65, 65])],
  }),
  graph(
    'Resize of two axes',
    {
      inputs: [info('x', [1, 2, 33, 7])],
      nodes: [node('Resize', ['x', '', '', 's'], ['y'], { mode: 'linear', axes: [2, 3] })],
      constants: [ints('s', [20, 21])],
    },
    18,
  ),
  single('Resize', [1, 2, 3, 7], { mode: 'nearest' }, [floatTensor('s', [4], new Float32Array([1, 1, 2, 2.5]))], 10),
  single('Upsample', [1, 2, 3, 7], { mode: 'nearest', scales: { kind: 'floats', value: [1, 1, 2, 2] } }, [], 7),
  single('Upsample', [1, 2, 3, 7], { mode: 'linear' }, [floatTensor('s', [4], new Float32Array([1, 1, 2, 3]))], 9),
  graph('TopK', { inputs: [info('x', [3, 9])], nodes: [node('TopK', ['x', 'k'], ['y', 'i'], { axis: 1 })], constants: [ints('k', [4])] }),
  graph('TopK 9', { inputs: [info('x', [3, 9])], nodes: [node('TopK', ['x'], ['y', 'i'], { axis: 1, k: 4 })] }, 9),
  graph('OneHot', {
    inputs: [info('x', [3, 2], 'int64')],
    nodes: [node('OneHot', ['x', 'd', 'v'], ['y'], { axis: 1 })],
    constants: [ints('d', [5]), floats('v', [2])],
  }),

  ...[
    'Relu',
    'LeakyRelu',
    'Elu',
    'Sigmoid',
    'HardSigmoid',
    'Tanh',
    'Softplus',
    'Exp',
    'Abs',
    'Neg',
    'Sqrt',
    'Erf',
    'Floor',
    'Identity',
    'Softmax',
    'LogSoftmax',
  ].map((op) => single(op, [2, 3, 4])),
  single('HardSwish', [2, 3], {}, [], 14),
  single('Gelu', [2, 3], {}, [], 20),
  single('Clip', [2, 3], {}, [real('l', 0), real('h', 6)]),
  single('Clip', [2, 3], { min: { kind: 'float', value: 0 }, max: { kind: 'float', value: 6 } }, [], 7),
  single('PRelu', [2, 3, 4], {}, [floats('s', [3, 1])]),
  single('LRN', image, { size: 3 }),
  single('InstanceNormalization', image, {}, [floats('s', [4]), floats('b', [4])]),
  single('BatchNormalization', image, {}, [floats('s', [4]), floats('b', [4]), floats('m', [4]), floatTensor('v', [4], noise(4).map(Math.abs))]),
  single('LayerNormalization', [2, 3, 4], { axis: -1 }, [floats('s', [4])], 17),
  single('Cast', [2, 3], { to: 7 }),
  graph('Dropout', { inputs: [info('x', [2, 3])], nodes: [node('Dropout', ['x'], ['y', 'm'])] }),
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Min', 'Max', 'Mean', 'Sum'].map((op) => single(op, [2, 1, 4], {}, [floats('a', [3, 1])])),
  ...['Greater', 'Less', 'Equal', 'GreaterOrEqual', 'LessOrEqual'].map((op) => single(op, [2, 1, 4], {}, [floats('a', [3, 1])])),
  graph('Where, And, Not', {
    inputs: [info('x', [2, 3])],
    nodes: [
      node('Greater', ['x', 'a'], ['g']),
      node('Not', ['g'], ['n']),
      node('And', ['g', 'n'], ['b']),
      node('Or', ['g', 'n'], ['o']),
      node('Where', ['o', 'x', 'a'], ['y']),
    ],
    constants: [floats('a', [4, 1, 3])],
  }),
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'].map((op) =>
    single(op, [2, 3, 4], { axes: [-1, 0], keepdims: 0 }),
  ),
  single('ReduceMean', [2, 3, 4]),
  single('ReduceSum', [2, 3, 4], { keepdims: 0 }, [ints('a', [1])]),
  single('ReduceSum', [2, 3, 4], { axes: [1] }, [], 11),
  single('ReduceSum', [2, 3, 4], { noop_with_empty_axes: 1 }),
  single('ReduceMean', [2, 3, 4], {}, [ints('a', [1, 2])], 18),
  single('ArgMax', [2, 3, 4], { axis: -2, keepdims: 0 }),

  graph('Shape plumbing with a dynamic batch', {
    inputs: [info('x', ['N', 3, 4, 5])],
    nodes: [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'zero'], ['n']),
      node('Unsqueeze', ['n', 'axis'], ['n1']),
      node('Constant', [], ['rest'], { value: ints('', [-1]) }),
      node('Concat', ['n1', 'rest'], ['target'], { axis: 0 }),
      node('Reshape', ['x', 'target'], ['y']),
    ],
    constants: [intTensor('zero', [], [0]), ints('axis', [0])],
  }),
  graph('arithmetic on shapes', {
    inputs: [info('x', [1, 2, 4, 5])],
    nodes: [
      node('Shape', ['x'], ['s']),
      node('Slice', ['s', 'two', 'four'], ['hw']),
      node('Mul', ['hw', 'three'], ['hw3']),
      node('Div', ['hw3', 'two'], ['half']),
      node('Add', ['half', 'three'], ['more']),
      node('Sub', ['more', 'two'], ['less']),
      node('Cast', ['less'], ['size'], { to: 7 }),
      node('Squeeze', ['first'], ['scalar']),
      node('Concat', ['first', 'one', 'size'], ['target'], { axis: 0 }),
      node('ConstantOfShape', ['target'], ['y'], { value: floatTensor('', [1], new Float32Array([2])) }),
      node('Size', ['x'], ['count']),
      node('Range', ['scalar', 'eight', 'scalar'], ['range']),
    ],
    constants: [ints('one', [1]), ints('two', [2]), ints('three', [3]), ints('four', [4]), ints('first', [1]), intTensor('eight', [], [8])],
  }),

  graph('QuantizeLinear and back', {
    inputs: [info('x', [2, 3])],
    nodes: [node('QuantizeLinear', ['x', ...triple('q').map((t) => t.name)], ['a']), node('DequantizeLinear', ['a', ...triple('q').map((t) => t.name)], ['y'])],
    constants: triple('q'),
  }),
  graph('DynamicQuantizeLinear and integer operators', {
    inputs: [info('x', image)],
    nodes: [
      node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
      node('ConvInteger', ['q', 'w8', 'z'], ['y'], { pads: [1, 1, 1, 1] }),
      node('MatMulInteger', ['q', 'm8', 'z'], ['m']),
    ],
    constants: [quantized, matrix8],
  }),
  graph(
    'QLinear operators',
    {
      inputs: [info('x', image)],
      nodes: [
        node('QuantizeLinear', ['x', 'x_s', 'x_z'], ['q']),
        node('QLinearConv', ['q', 'x_s', 'x_z', 'w8', 'w_s', 'w_z', 'y_s', 'y_z'], ['c'], { kernel_shape: [3, 3] }),
        node('QLinearMatMul', ['q', 'x_s', 'x_z', 'm8', 'w_s', 'w_z', 'y_s', 'y_z'], ['m']),
        node('QLinearAdd', ['q', 'x_s', 'x_z', 'q', 'x_s', 'x_z', 'y_s', 'y_z'], ['a'], {}, 'com.microsoft'),
        node('QLinearMul', ['q', 'x_s', 'x_z', 'q', 'x_s', 'x_z', 'y_s', 'y_z'], ['p'], {}, 'com.microsoft'),
        node('QLinearConcat', ['y_s', 'y_z', 'q', 'x_s', 'x_z', 'a', 'y_s', 'y_z'], ['cat'], { axis: 1 }, 'com.microsoft'),
        node('QLinearAveragePool', ['q', 'x_s', 'x_z', 'y_s', 'y_z'], ['pool'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, 'com.microsoft'),
        node('QLinearGlobalAveragePool', ['q', 'x_s', 'x_z', 'y_s', 'y_z'], ['gap'], {}, 'com.microsoft'),
        node('QLinearSigmoid', ['q', 'x_s', 'x_z', 'y_s', 'y_z'], ['sig'], {}, 'com.microsoft'),
        node('Flatten', ['gap'], ['flat']),
        node('QGemm', ['flat', 'y_s', 'y_z', 'g8', 'w_s', 'w_z', '', 'y_s', 'y_z'], ['g'], { transB: 1 }, 'com.microsoft'),
        node('QGemm', ['flat', 'y_s', 'y_z', 'g8', 'w_s', 'w_z'], ['y'], { transB: 1 }, 'com.microsoft'),
      ],
      constants: [quantized, matrix8, { ...matrix8, name: 'g8', dims: [3, 4], bytes: new Uint8Array(12) }, ...triple('x'), ...triple('w'), ...triple('y')],
    },
    13,
    { 'com.microsoft': 1 },
  ),

  single('GroupNormalization', [2, 6, 5], { num_groups: 3 }, [floats('s', [6]), floats('b', [6])], 21),
  ...['Mish', 'Celu', 'Selu', 'Softsign', 'ThresholdedRelu', 'Shrink', 'Sign', 'Round', 'Reciprocal', 'Ceil'].map((op) => single(op, [2, 3, 4], {}, [], 18)),
  single('CumSum', [2, 3, 4], {}, [intTensor('axis', [], [1])]),
  single('GridSample', [2, 4, 8, 6], {}, [floats('g', [2, 3, 5, 2])], 20),
  single('MaxRoiPool', [1, 4, 8, 6], { pooled_shape: [3, 2] }, [floatTensor('r', [2, 5], new Float32Array([0, 0, 0, 4, 5, 0, 1, 2, 5, 7]))]),
  single('Einsum', [2, 3, 4], { equation: 'bij,bjk->bik' }, [floats('w', [2, 4, 5])]),
  single('Einsum', [3, 4], { equation: 'ij, kj' }, [floats('w', [5, 4])]),
  single('RMSNormalization', [2, 3, 4], {}, [floats('s', [4])], 23),
  single('LpNormalization', [2, 3, 4]),
  single('MeanVarianceNormalization', image),
  single('Trilu', [3, 4], {}, [], 14),
  single('ScatterND', [4, 3], {}, [intTensor('i', [2, 1], [0, 2]), floats('u', [2, 3])]),
  ...['Gelu', 'FastGelu', 'QuickGelu'].map((op) => graph(op, { nodes: [node(op, ['x'], ['y'], {}, 'com.microsoft')] }, 13, { 'com.microsoft': 1 })),
  graph(
    'BiasGelu and SkipLayerNormalization',
    {
      inputs: [info('x', [2, 3, 8])],
      nodes: [
        node('BiasGelu', ['x', 'b'], ['g'], {}, 'com.microsoft'),
        node('SkipLayerNormalization', ['g', 'x', 's', 'b'], ['y', '', '', 'sum'], {}, 'com.microsoft'),
      ],
      constants: [floats('b', [8]), floats('s', [8])],
    },
    13,
    { 'com.microsoft': 1 },
  ),
  graph(
    'EmbedLayerNormalization',
    {
      inputs: [info('x', [2, 3], 'int32')],
      nodes: [node('EmbedLayerNormalization', ['x', '', 'words', 'places', '', 's', 's'], ['y', 'm'], {}, 'com.microsoft')],
      constants: [floats('words', [5, 8]), floats('places', [4, 8]), floats('s', [8])],
    },
    13,
    { 'com.microsoft': 1 },
  ),
  graph(
    'MultiHeadAttention and Attention',
    {
      inputs: [info('x', [2, 3, 8])],
      nodes: [
        node('MultiHeadAttention', ['x', 'x', 'x'], ['m'], { num_heads: 2 }, 'com.microsoft'),
        node('Attention', ['m', 'w', 'b'], ['y'], { num_heads: 2 }, 'com.microsoft'),
      ],
      constants: [floats('w', [8, 24]), floats('b', [24])],
    },
    13,
    { 'com.microsoft': 1 },
  ),
  graph(
    'Attention of opset 23',
    {
      inputs: [info('x', [2, 4, 3, 8])],
      nodes: [
        node('Attention', ['x', 'x', 'x'], ['a']),
        node('Reshape', ['a', 'flat'], ['b']),
        node('Attention', ['b', 'b', 'b'], ['y'], { q_num_heads: 2, kv_num_heads: 2 }),
      ],
      constants: [ints('flat', [2, 12, 8])],
    },
    23,
  ),
];
