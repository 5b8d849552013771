import { intAttribute } from './attributes.ts';
import type { Dim, Node } from './graph.ts';
import { isConcrete } from './shapes/site.ts';

/** Inputs [data, weights] of the operators that multiply and accumulate. */
const OPERANDS: Record<string, readonly [data: number, weights: number]> = {
  Conv: [0, 1],
  FusedConv: [0, 1],
  ConvInteger: [0, 1],
  QLinearConv: [0, 3],
  ConvTranspose: [0, 1],
  MatMul: [0, 1],
  FusedMatMul: [0, 1],
  MatMulInteger: [0, 1],
  MatMulIntegerToFloat: [0, 1],
  DynamicQuantizeMatMul: [0, 1],
  QLinearMatMul: [0, 3],
  Gemm: [0, 1],
  FusedGemm: [0, 1],
  QGemm: [0, 3],
  MatMulNBits: [0, 1],
};

/**
 * Multiply-accumulates of a node; 0 for operators that do not multiply matrices, null where a shape is not known.
 * Padding is counted like data, as everybody does; biases are not counted.
 */
export function macsOf(node: Node, shapeOf: (name: string) => readonly Dim[] | null): number | null {
  const operands = OPERANDS[node.op];
  if (!operands) return 0;
  const [data, weights, output] = [node.inputs[operands[0]], node.inputs[operands[1]], node.outputs[0]].map((name) => (name ? shapeOf(name) : null));
  switch (node.op) {
    case 'Conv':
    case 'FusedConv':
    case 'ConvInteger':
    case 'QLinearConv':
      return times(output, weights?.slice(1));
    // Every input value goes through the whole kernel of its group.
    case 'ConvTranspose':
      return times(data, weights?.slice(1));
    case 'Gemm':
    case 'FusedGemm':
    case 'QGemm':
      return times(output, data && [data[intAttribute(node, 'transA', 0) ? 0 : 1] ?? null]);
    case 'MatMulNBits':
      return times(output, [intAttribute(node, 'K', 0) || null]);
    default:
      return times(output, data && [data.at(-1) ?? null]);
  }
}

function times(...shapes: (readonly Dim[] | null | undefined)[]): number | null {
  const dims = shapes.flatMap((shape) => shape ?? [null]);
  return isConcrete(dims) ? dims.reduce((a, b) => a * b, 1) : null;
}
