import type { ModelReport } from '../../contract/model.ts';
import type { Graph, Node } from './graph.ts';

const DYNAMIC = new Set(['DynamicQuantizeLinear', 'MatMulInteger', 'ConvInteger', 'DynamicQuantizeMatMul', 'DynamicQuantizeLSTM']);

/** Operators that compute on integers themselves: QLinearConv, QGemm, … */
export function isQOperator(node: Node): boolean {
  return node.op.startsWith('QLinear') || node.op === 'QGemm';
}

export function isQuantizeOrDequantize(node: Node): boolean {
  return node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear';
}

/** How a model is quantized already, if it is. */
export function quantizationKind(graph: Graph): ModelReport['quantization'] {
  if (graph.nodes.some((node) => DYNAMIC.has(node.op))) return 'dynamic';
  if (graph.nodes.some(isQOperator)) return 'qoperator';
  return graph.nodes.some(isQuantizeOrDequantize) ? 'qdq' : 'none';
}
