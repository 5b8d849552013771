import { floatAttribute, intAttribute, stringAttribute } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/graph.ts';
import { floatsOf } from '../../onnx/tensor.ts';
import { clipBounds, padsWithZero } from '../operators.ts';
import type { GraphView } from '../view.ts';
import type { OperatorRule, TargetRules } from './rule.ts';

const always = (): boolean => true;

/** Every float input and output is quantized, each with a range of its own. */
export const everyInput: OperatorRule = { activations: 'all', output: 'own' };
/** Moves or selects values of its first input, and keeps its parameters. */
export const moves: OperatorRule = { activations: [0], output: 'input', follows: true };
const movesInFloat: OperatorRule = { ...moves, floatKernel: always };
/** An element-wise function without an integer kernel: quantized on both sides, so that it makes no island between integer nodes. */
const islandless: OperatorRule = { activations: [0], output: 'own', floatKernel: always, follows: true };

/** Functions that bound their input, and vanish in a range where they can. */
export const BOUNDING: readonly (readonly [string, OperatorRule])[] = [
  ['Relu', { activations: [0], output: 'own', follows: true, bounds: () => ({ min: 0, max: Infinity }) }],
  ['Clip', { activations: [0], output: 'own', follows: true, bounds: clipBounds }],
];

const constantInput =
  (input: number, what: string) =>
  (node: Node, view: GraphView): string | null =>
    view.constant(node.inputs[input]) ? null : `its ${what} not constant`;
const constantWeights = constantInput(1, 'weights are');

function gemmObstacle(node: Node, view: GraphView): string | null {
  return constantWeights(node, view) ?? (floatAttribute(node, 'alpha', 1) > 0 ? null : 'its alpha is not positive, so there is no scale for its bias');
}

function exponentObstacle(node: Node, view: GraphView): string | null {
  const exponent = view.constant(node.inputs[1]);
  return exponent && floatsOf(exponent).every((value) => value === 2) ? null : 'its exponent is not the constant 2';
}

export const CONVOLUTIONS: readonly (readonly [string, OperatorRule])[] = [
  ['Conv', { activations: [0], weight: { input: 1, axis: () => 0 }, bias: { input: 2 }, output: 'own', refuses: constantWeights }],
  [
    'ConvTranspose',
    { activations: [0], weight: { input: 1, axis: () => 1 }, bias: { input: 2 }, output: 'own', refuses: constantWeights, floatKernel: always },
  ],
  [
    'Gemm',
    {
      activations: [0],
      weight: { input: 1, axis: (node) => (intAttribute(node, 'transB', 0) ? 0 : 1) },
      bias: { input: 2 },
      output: 'own',
      refuses: gemmObstacle,
    },
  ],
  [
    'MatMul',
    {
      activations: [0, 1],
      // The last axis for every rank; a vector has no channels. QLinearMatMul refuses a scale per channel for other ranks than 2, when it runs.
      weight: { input: 1, axis: (_node, rank) => (rank > 1 ? rank - 1 : null), perChannel: (rank) => rank === 2 },
      output: 'own',
    },
  ],
];

export const resize: OperatorRule = {
  ...moves,
  refuses: (node) => (stringAttribute(node, 'mode', 'nearest') === 'cubic' ? 'cubic interpolation leaves the range of its input' : null),
};

export const pad: OperatorRule = {
  activations: [0],
  output: 'input',
  refuses: (node, view) => (padsWithZero(node, view) ? null : 'it pads with a value other than zero'),
};

export const split: OperatorRule = { activations: [0], output: 'input' };

/** Operators that move or select values. Extrema of a tensor are among its values. */
const MOVES = ['MaxPool', 'AveragePool', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'GatherElements'];
const MOVES_IN_FLOAT = ['GlobalMaxPool', 'ReduceMax', 'ReduceMin', 'DepthToSpace', 'SpaceToDepth', 'Expand', 'Tile', 'GatherND', 'TopK'];
const ISLANDLESS = ['HardSwish', 'HardSigmoid', 'Tanh', 'Gelu', 'com.microsoft::Gelu', 'Elu', 'Mish', 'Softplus', 'ReduceMean', 'ReduceSum', 'CumSum'];
/** The scale and shift of a normalization stay float: they are as long as there are channels, and no kernel takes them otherwise. */
const NORMALIZATIONS = ['BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'GroupNormalization', 'LpNormalization', 'LRN'];

/**
 * ONNX Runtime's CPU kernels behind QuantizeLinear/DequantizeLinear, opset 13 and above. Which operators share parameters follows ONNX Runtime's own
 * quantizer (reference: its QDQ registry); beside its operators stand those that it leaves as float islands (HardSwish, Sub, ReduceMean, …), because devices
 * that compute in integers only have to be told a range for them.
 */
export const ONNXRUNTIME: TargetRules = {
  name: 'ONNX Runtime',
  parity: false,
  operators: new Map<string, OperatorRule>([
    ...CONVOLUTIONS,
    ['Add', everyInput],
    ['Mul', everyInput],
    ['Concat', everyInput],
    ['GlobalAveragePool', everyInput],
    ['LeakyRelu', everyInput],
    ['Sigmoid', everyInput],
    ['ArgMax', { ...everyInput, floatKernel: always }],
    ['Softmax', { activations: 'all', output: () => ({ min: 0, max: 1 }) }],
    ['Sub', { ...everyInput, floatKernel: always, follows: true }],
    ['Div', { ...islandless, refuses: constantInput(1, 'divisor is') }],
    ['PRelu', { ...islandless, refuses: constantInput(1, 'slope is') }],
    ['Pow', { ...islandless, refuses: exponentObstacle }],
    ['Where', { activations: [1, 2], output: 'own', floatKernel: always, follows: true }],
    ['com.microsoft::EmbedLayerNormalization', { activations: [], output: 'own', floatKernel: always }],
    ...BOUNDING.map(([op, rule]) => [op, { ...rule, standsAlone: true, floatKernel: always }] as const),
    ['Split', split],
    ['Resize', { ...resize, floatKernel: (node) => stringAttribute(node, 'mode', 'nearest') !== 'nearest' }],
    ['Pad', { ...pad, floatKernel: always }],
    ...MOVES.map((op) => [op, moves] as const),
    ...MOVES_IN_FLOAT.map((op) => [op, movesInFloat] as const),
    ...[...ISLANDLESS, ...NORMALIZATIONS].map((op) => [op, islandless] as const),
  ]),
};
