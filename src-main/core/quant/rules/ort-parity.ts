import { CONVOLUTIONS, everyInput, moves, ONNXRUNTIME } from './onnxruntime.ts';
import { QOPERATOR } from './qoperator.ts';
import type { OperatorRule, TargetRules } from './rule.ts';

/** Per channel along axis 1 whatever the rank, which for a constant of rank 3 is the axis that is summed over. */
const matMul = (axis: (rank: number) => number): OperatorRule => ({
  activations: [0, 1],
  weight: { input: 1, axis: (_node, rank) => (rank > 1 ? axis(rank) : null) },
  output: 'own',
});

const withoutBetaAndAlpha = CONVOLUTIONS.map(([op, { refuses: _refuses, ...rule }]) => [op, rule] as const);
const wraps: OperatorRule = { activations: [0], output: 'own' };

/** Which operators ONNX Runtime 1.30's Python tool quantizes in the format QDQ, and how (reference: its QDQ registry). */
export const ORT_PARITY_QDQ: TargetRules = {
  name: 'ONNX Runtime’s Python tool',
  parity: true,
  operators: new Map<string, OperatorRule>([
    ...withoutBetaAndAlpha,
    ['MatMul', matMul(() => 1)],
    ...['Add', 'Mul', 'Concat', 'GlobalAveragePool', 'LeakyRelu', 'Sigmoid', 'ArgMax'].map((op) => [op, everyInput] as const),
    ...['Softmax', 'Relu', 'Clip', 'Split', 'Pad'].map((op) => [op, ONNXRUNTIME.operators.get(op) as OperatorRule] as const),
    ['Where', { activations: [1, 2], output: 'own' }],
    ...['InstanceNormalization', 'LayerNormalization', 'BatchNormalization', 'CumSum'].map((op) => [op, wraps] as const),
    ...['MaxPool', 'AveragePool', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'GatherElements', 'TopK', 'Resize'].map(
      (op) => [op, moves] as const,
    ),
  ]),
};

/** The same for the format QOperator. */
export const ORT_PARITY_QOPERATOR: TargetRules = {
  name: 'ONNX Runtime’s Python tool',
  parity: true,
  operators: new Map<string, OperatorRule>([...QOPERATOR.operators, ['MatMul', matMul((rank) => rank - 1)]]),
};
