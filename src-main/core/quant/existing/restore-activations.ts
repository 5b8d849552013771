import type { Node } from '../../onnx/graph.ts';

/** Results that are never below zero. */
const NEVER_NEGATIVE = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Exp', 'Abs', 'Sqrt', 'Softplus', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare']);
/** Results that are never below zero where no input is. */
const KEEPS_SIGN = new Set([
  'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Concat', 'Add', 'Mul', 'Slice',
  'Gather', 'Split', 'Identity', 'Dropout', 'Expand', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'ReduceMean', 'ReduceMax', 'ReduceSum', 'Resize', 'Clip',
]); // prettier-ignore

/**
 * Whether a tensor is known to have no negative values.
 * @param known the same of other tensors, constants included
 */
export function neverNegative(node: Node, known: (name: string) => boolean): boolean {
  if (node.domain !== '') return false;
  if (NEVER_NEGATIVE.has(node.op)) return true;
  if (node.op === 'Clip' && node.inputs[1] && known(node.inputs[1])) return true;
  if (!KEEPS_SIGN.has(node.op)) return false;
  const data = node.op === 'Concat' || node.op === 'Add' || node.op === 'Mul' ? node.inputs : node.inputs.slice(0, 1);
  return data.every(known);
}

/** Ends of ranges that a network of Relu6 leaves after calibration: the greatest of them is 6, up to rounding and a quantization step. */
const SIX = { min: 5.9, max: 6.1 };

/** Whether vanished activation functions, which left ranges from zero to these ends, were bounded at 6. */
export function boundedAtSix(ends: readonly number[]): boolean {
  const greatest = ends.reduce((a, b) => Math.max(a, b), 0);
  return greatest >= SIX.min && greatest <= SIX.max;
}
