import { intAttribute } from './attributes.ts';
import type { Dim, Graph, Node } from './graph.ts';
import { elementCount } from './tensor.ts';

/** Position of the weight among the inputs, for operators that multiply and accumulate. */
const CONVOLUTION_WEIGHT: Record<string, number> = { Conv: 1, ConvTranspose: 1, ConvInteger: 1, QLinearConv: 3 };
const PRODUCT_INPUTS: Record<string, readonly [number, number]> = { Gemm: [0, 1], MatMul: [0, 1], MatMulInteger: [0, 1], QGemm: [0, 3], QLinearMatMul: [0, 3] };

type ShapeOf = (name: string | undefined) => readonly Dim[] | null;

/** Known sizes with a batch of 1; null when anything but the batch is open. */
function sizes(shape: readonly Dim[] | null): number[] | null {
  if (!shape) return null;
  const fixed = shape.map((dim, i) => (i === 0 && typeof dim !== 'number' ? 1 : dim));
  return fixed.every((dim) => typeof dim === 'number') ? (fixed as number[]) : null;
}

/**
 * Multiply-accumulates of one node for batch 1: output elements × weights that each of them sums over. 0 for operators that do not multiply and
 * accumulate, null where the shapes are not known.
 */
export function macsOf(node: Node, graph: Graph): number | null {
  const shapeOf: ShapeOf = (name) => (name ? (graph.constants.get(name)?.dims ?? graph.values.get(name)?.shape ?? null) : null);
  const weightAt = CONVOLUTION_WEIGHT[node.op];
  if (weightAt !== undefined) return convolutionMacs(node, shapeOf, weightAt);
  const product = PRODUCT_INPUTS[node.op];
  return product ? productMacs(node, shapeOf, product) : 0;
}

function convolutionMacs(node: Node, shapeOf: ShapeOf, weightAt: number): number | null {
  const weight = sizes(shapeOf(node.inputs[weightAt]));
  // Every input element of a transposed convolution is spread over the kernel, every output element of a plain one gathers it.
  const walked = sizes(shapeOf(node.op === 'ConvTranspose' ? node.inputs[0] : node.outputs[0]));
  if (!weight || !walked) return null;
  return elementCount(walked) * elementCount(weight.slice(1));
}

function productMacs(node: Node, shapeOf: ShapeOf, [left, right]: readonly [number, number]): number | null {
  const output = sizes(shapeOf(node.outputs[0]));
  const b = sizes(shapeOf(node.inputs[right]));
  const a = sizes(shapeOf(node.inputs[left]));
  const gemm = node.op === 'Gemm' || node.op === 'QGemm';
  const inner = gemm && b ? b[intAttribute(node, 'transB', 0) ? 1 : 0] : (b?.at(-2) ?? a?.at(-1));
  return output && inner !== undefined ? elementCount(output) * inner : null;
}
