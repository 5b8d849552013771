import { BOUNDING, CONVOLUTIONS, everyInput, moves, pad, resize, split } from './onnxruntime.ts';
import type { OperatorRule, TargetRules } from './rule.ts';

/** Softmax writes codes of 1/256, so that its kernel can look them up. */
const softmax: OperatorRule = { activations: 'all', output: () => ({ min: 0, max: 255 / 256 }) };

/**
 * What ONNX Runtime computes on codes themselves (QLinearConv, QLinearMatMul, com.microsoft::QGemm, …), and what it lets pass on codes since it moves them.
 * There is no integer ConvTranspose; an activation function that cannot vanish in a range has no form either.
 */
export const QOPERATOR: TargetRules = {
  name: 'the integer operators of ONNX Runtime',
  parity: false,
  operators: new Map<string, OperatorRule>([
    ...CONVOLUTIONS.filter(([op]) => op !== 'ConvTranspose'),
    ...['Add', 'Mul', 'Concat', 'GlobalAveragePool', 'LeakyRelu', 'Sigmoid'].map((op) => [op, everyInput] as const),
    ['AveragePool', { activations: [0], output: 'own', follows: true }],
    ['Softmax', softmax],
    ['Where', { activations: [1, 2], output: 'own' }],
    ...BOUNDING,
    ['Split', split],
    ['Pad', pad],
    ['Resize', resize],
    ...['ArgMax', 'MaxPool', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'GatherElements'].map((op) => [op, moves] as const),
  ]),
};
