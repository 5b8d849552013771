import { intAttribute } from '../../onnx/attributes.ts';
import type { Node, Tensor } from '../../onnx/graph.ts';
import { floatsOf } from '../../onnx/tensor.ts';
import { weightOf } from './held-weights.ts';

/**
 * How much of the power of each input channel a node with weights lets through: Σw² of the weights that read the channel. A channel that the next layer
 * multiplies with little matters little, however great its values are.
 * @returns null for other nodes, where the tensor is not the input that the weights multiply, and for depthwise and other grouped convolutions: they keep
 *   channels apart, and which of them matter is decided behind
 */
export function channelGains(node: Node, input: string, constant: (name: string | undefined) => Tensor | undefined): Float64Array | null {
  const weight = weightOf(node, constant);
  if (!weight || node.inputs[0] !== input || node.inputs.lastIndexOf(input) !== 0 || weight.tensor.dims.length < 2) return null;
  const { dims } = weight.tensor;
  const values = floatsOf(weight.tensor);
  const [first, second] = dims as [number, number];
  const inner = dims.slice(2).reduce((a, b) => a * b, 1);
  const channelOf = intAttribute(node, 'group', 1) === 1 ? channelIndex(node, first, second) : null;
  if (!channelOf) return null;
  const gains = new Float64Array(channelOf.count);
  values.forEach((value, i) => {
    const channel = channelOf.of(Math.floor(i / (inner * second)), Math.floor(i / inner) % second);
    gains[channel] = (gains[channel] as number) + value * value;
  });
  return gains;
}

/** Input channel of a weight at (first, second) of its two leading axes. */
function channelIndex(node: Node, first: number, second: number): { count: number; of: (first: number, second: number) => number } | null {
  const alongFirst = { count: first, of: (index: number) => index };
  const alongSecond = { count: second, of: (_first: number, index: number) => index };
  switch (node.op) {
    case 'Conv':
      return alongSecond;
    case 'ConvTranspose':
    case 'MatMul':
      return alongFirst;
    case 'Gemm':
      return intAttribute(node, 'transB', 0) ? alongSecond : alongFirst;
    default:
      return null;
  }
}
