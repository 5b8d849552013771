import { intAttribute } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/graph.ts';
import { clipBounds, padsWithZero } from '../operators.ts';
import type { GraphView } from '../view.ts';
import type { OperatorRule, TargetRules } from './rule.ts';

/*
 * What ONNX Runtime 1.30's Python tool does with each operator, format by format (reference: its QDQ and QLinear registries), its defects included; read by
 * `placeParity`, which has its order. Not here because its models do not have them: weights that are no constants, a MatMul whose first input is a constant.
 */

const constantWeights = (node: Node, view: GraphView): string | null => (view.constant(node.inputs[1]) ? null : 'its weights are not constant');
const constantBias = (node: Node, view: GraphView): string | null => (!node.inputs[2] || view.constant(node.inputs[2]) ? null : 'its bias is not constant');

const weighted = (axis: (node: Node, rank: number) => number | null): OperatorRule => ({
  activations: [0],
  weight: { input: 1, axis },
  bias: { input: 2 },
  output: 'own',
  refuses: constantWeights,
});
const conv = weighted(() => 0);
const gemm = weighted((node) => (intAttribute(node, 'transB', 0) ? 0 : 1));
const matMul = (axis: (rank: number) => number): OperatorRule => ({
  activations: [0, 1],
  weight: { input: 1, axis: (_node, rank) => (rank > 1 ? axis(rank) : null) },
  output: 'own',
});

/** Every float input and output. */
const wrapped: OperatorRule = { activations: 'all', output: 'own' };
const moves: OperatorRule = { activations: [0], output: 'input', follows: true };
const relu: OperatorRule = { activations: [0], output: 'own', follows: true, bounds: () => ({ min: 0, max: Infinity }) };
const clip: OperatorRule = { ...relu, bounds: clipBounds };

type Rules = readonly (readonly [string, OperatorRule])[];
const all = (ops: readonly string[], rule: OperatorRule): Rules => ops.map((op) => [op, rule] as const);

const MOVES = ['MaxPool', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Resize'];

/** The tool looks for the channels of a normalization's scale on axis 1, which it does not have, and gives all of them one scale. */
const normalization: OperatorRule = { activations: [0], weight: { input: 1, axis: () => 0, perChannel: () => false }, bias: { input: 2 }, output: 'own' };

export const ORT_PARITY_QDQ: TargetRules = {
  name: 'ONNX Runtime’s Python tool',
  parity: true,
  operators: new Map<string, OperatorRule>([
    ['Conv', conv],
    ['ConvTranspose', weighted(() => 1)],
    ['Gemm', gemm],
    // Along axis 1 whatever the rank, which for a constant of rank 3 is the axis that is summed over.
    ['MatMul', matMul(() => 1)],
    ...all(['Add', 'ArgMax', 'Concat', 'GlobalAveragePool', 'LeakyRelu', 'Mul', 'Sigmoid'], wrapped),
    ['Softmax', { activations: 'all', output: () => ({ min: 0, max: 1 }) }],
    ['Relu', relu],
    ['Clip', clip],
    ...all([...MOVES, 'AveragePool', 'Slice', 'TopK', 'Gather', 'GatherElements'], moves),
    ['Split', { activations: [0], output: 'input' }],
    ['Pad', { activations: [0, 2], output: 'input', keeps: padsWithZero }],
    ['Where', { activations: [1, 2], output: 'own', follows: true }],
    ['CumSum', { activations: [0], output: 'own' }],
    ...all(['BatchNormalization', 'InstanceNormalization', 'LayerNormalization'], normalization),
  ]),
};

export const ORT_PARITY_QOPERATOR: TargetRules = {
  name: 'ONNX Runtime’s Python tool',
  parity: true,
  operators: new Map<string, OperatorRule>([
    ['Conv', conv],
    ['Gemm', { ...gemm, refuses: (node, view) => constantWeights(node, view) ?? constantBias(node, view) }],
    ['MatMul', matMul((rank) => rank - 1)],
    ...all(['Add', 'Concat', 'LeakyRelu', 'Mul', 'Sigmoid'], wrapped),
    ['AveragePool', { activations: [0], output: 'own' }],
    ['GlobalAveragePool', { activations: [0], output: 'own', follows: true }],
    // Also where ranges are symmetric.
    ['Softmax', { activations: 'all', output: ({ type }) => ({ scale: 1 / 256, zeroPoint: type === 'uint8' ? 0 : -128 }) }],
    ['Relu', relu],
    ['Clip', clip],
    ...all([...MOVES, 'ArgMax', 'Pad'], moves),
    ['Split', { activations: [0], output: 'input' }],
    ['Gather', { activations: [0], output: 'input', refuses: (node, view) => (view.constant(node.inputs[0]) ? null : 'its table is not constant') }],
  ]),
};

/** For what has no quantized activations, so that only weights are placed. */
export const ORT_PARITY_WEIGHTS: TargetRules = {
  name: 'ONNX Runtime’s Python tool',
  parity: true,
  operators: new Map<string, OperatorRule>([
    ['Conv', conv],
    ['Gemm', gemm],
    ['MatMul', matMul((rank) => rank - 1)],
  ]),
};
