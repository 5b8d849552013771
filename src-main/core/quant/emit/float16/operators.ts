import type { Node } from '../../../onnx/graph.ts';
import { subgraphsOf } from '../../../onnx/attributes.ts';
import { quantizationOf } from '../../../onnx/kind.ts';
import { hasShapeRule } from '../../../onnx/shapes.ts';

/**
 * Operators that have no half-precision form in ONNX or in its runtimes, or whose results are no longer right in it (reference: the block list of ONNX
 * Runtime's float16 converter, extended by the other random generators, whose type is an attribute).
 */
const FLOAT32_ONLY = new Set([
  'NonMaxSuppression', 'TopK', 'RoiAlign', 'Range', 'CumSum', 'Min', 'Max', 'Upsample', 'RandomUniformLike', 'RandomNormalLike', 'RandomUniform',
  'RandomNormal', 'Bernoulli', 'Multinomial',
]); // prettier-ignore

/** Why an operator has to stay float32, or null. */
export function float32Reason(node: Node): string | null {
  if (subgraphsOf(node).length > 0) return `${node.op} has a graph of its own inside`;
  if (quantizationOf(node)) return `${node.op} converts between float32 and integers`;
  if (node.domain === 'ai.onnx.ml' || (node.domain === '' && FLOAT32_ONLY.has(node.op))) return `${node.op} has no half-precision form`;
  return hasShapeRule(node) ? null : `Calibrant does not know the types of the operator ${node.op}`;
}

/** Inputs that are float32 whatever the operator computes in. */
export function float32Inputs(node: Node): readonly number[] {
  return node.op === 'Resize' ? [2] : [];
}

/** Outputs that are float32 whatever the operator computes in: the mean and deviation of a LayerNormalization. */
export function float32Outputs(node: Node): readonly number[] {
  return node.op === 'LayerNormalization' ? [1, 2] : [];
}

/** Whether an operator does not care what its input holds. */
export function readsShapesOnly(node: Node): boolean {
  return node.domain === '' && (node.op === 'Shape' || node.op === 'Size');
}

/** Operators whose results are values of their inputs, so that the range of these is theirs. */
const PASS_ON = new Set([
  'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Expand', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'Concat', 'Split', 'Slice', 'Gather',
  'GatherElements', 'GatherND', 'Identity', 'Dropout', 'MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool', 'Where', 'Pad',
]); // prettier-ignore

export function passesOn(node: Node): boolean {
  return node.domain === '' && PASS_ON.has(node.op);
}
