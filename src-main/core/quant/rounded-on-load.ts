import type { Graph, Node } from '../onnx/graph.ts';
import { elementCount } from '../onnx/tensor.ts';
import { viewGraph, type GraphView } from './view.ts';

const ROUNDED = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/**
 * Nodes with float32 weights that ONNX Runtime (1.21 and later) rounds to int8 when it loads the file, with one scale for all channels, and then computes in
 * integers: a DequantizeLinear with a single scale stands before them, the bias is a constant or not there, and what they make leads to a QuantizeLinear and
 * nowhere else (onnxruntime, optimizer/qdq_transformer/weight_bias_quantization.cc; the session option `optimization.disable_specified_optimizers` =
 * `WeightBiasQuantization` turns it off). Measured: the first convolution of YOLOX-Nano, left float, made 20.1 dB of 27.4 dB.
 */
export function roundedOnLoad(graph: Graph): Node[] {
  const view = viewGraph(graph);
  return graph.nodes.filter((node) => {
    const [input = '', weight, bias] = node.inputs;
    if (node.domain !== '' || !ROUNDED.has(node.op) || view.constant(weight)?.type !== 'float32') return false;
    if (bias && view.constant(bias)?.dims.length !== 1) return false;
    return hasOneScale(view.producers.get(input), view) && leadsToCodes(node, view);
  });
}

function hasOneScale(node: Node | undefined, view: GraphView): boolean {
  if (node?.op !== 'DequantizeLinear') return false;
  const scale = view.constant(node.inputs[1]);
  return !scale || elementCount(scale.dims) === 1;
}

function leadsToCodes(node: Node, view: GraphView): boolean {
  const [output = '', ...others] = node.outputs;
  const [reader, ...readers] = view.consumers.get(output) ?? [];
  if (!reader || others.length > 0 || readers.length > 0 || view.outputs.has(output)) return false;
  return reader.op === 'QuantizeLinear' || leadsToCodes(reader, view);
}
