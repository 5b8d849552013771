import type { ModelReport } from '../../contract/model.ts';
import type { Graph, Node } from './graph.ts';

/** How an operator belongs to a quantized model; null for the others. */
export function quantizationOf(node: Node): Exclude<ModelReport['quantization'], 'none'> | null {
  const { op } = node;
  if (op === 'QuantizeLinear' || op === 'DequantizeLinear') return 'qdq';
  if (op.startsWith('QLinear') || op === 'QGemm' || op === 'MatMulNBits' || op === 'GatherBlockQuantized') return 'qoperator';
  if (op.startsWith('DynamicQuantize') || op === 'ConvInteger' || op === 'MatMulInteger' || op === 'MatMulIntegerToFloat') return 'dynamic';
  return null;
}

/** The form of a quantized model. Integer operators decide, since they have Q and DQ nodes at their edges too. */
export function quantizationKind(graph: Graph): ModelReport['quantization'] {
  const kinds = new Set(graph.nodes.map(quantizationOf));
  return (['qoperator', 'dynamic', 'qdq'] as const).find((kind) => kinds.has(kind)) ?? 'none';
}

/** Where an operator of a quantized model keeps its weights and biases: the inputs that are no scales, no zero points and no activations' codes. */
const DATA_INPUTS: Record<string, readonly number[]> = {
  QuantizeLinear: [],
  DequantizeLinear: [0],
  QLinearConv: [3, 8],
  QLinearMatMul: [0, 3],
  QGemm: [0, 3, 6],
  ConvInteger: [1],
  MatMulInteger: [0, 1],
  MatMulNBits: [1],
  GatherBlockQuantized: [0],
  QLinearAdd: [0, 3],
  QLinearMul: [0, 3],
};

/** Indices of the inputs whose constants count as parameters of the model. */
export function dataInputs(node: Node): readonly number[] {
  return DATA_INPUTS[node.op] ?? (quantizationOf(node) ? [] : node.inputs.map((_name, index) => index));
}
