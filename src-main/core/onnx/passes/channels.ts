import { intAttribute } from '../attributes.ts';
import type { Node } from '../graph.ts';
import { elementCount } from '../tensor.ts';

/** How the output channels lie in the weights: `run` values in a row belong to the same one. */
export interface ChannelOrder {
  channels: number;
  run: number;
  channelOf: (block: number) => number;
}

/** How the output channels of a Conv, ConvTranspose or Gemm lie in its weights; null for other operators and for weights that are empty or of a wrong rank. */
export function channelOrder(node: Node, dims: readonly number[]): ChannelOrder | null {
  if (node.domain !== '' || elementCount(dims) === 0 || dims.length < 2 || (node.op === 'Gemm') !== (dims.length === 2)) return null;
  const [first, second] = dims as [number, number];
  switch (node.op) {
    case 'Conv':
      return { channels: first, run: elementCount(dims.slice(1)), channelOf: (block) => block };
    case 'Gemm': {
      const transposed = intAttribute(node, 'transB', 0) === 1;
      return transposed ? { channels: first, run: second, channelOf: (block) => block } : { channels: second, run: 1, channelOf: (block) => block % second };
    }
    case 'ConvTranspose': {
      // [C, M/group, …]: the group of an input channel tells which block of output channels it feeds.
      const group = intAttribute(node, 'group', 1);
      const perGroup = first / group;
      if (!Number.isInteger(perGroup)) return null;
      const channelOf = (block: number): number => Math.floor(block / second / perGroup) * second + (block % second);
      return { channels: second * group, run: elementCount(dims.slice(2)), channelOf };
    }
    default:
      return null;
  }
}

/** Weights with every output channel multiplied by its factor, rounded to float32. */
export function scaled(weights: Float32Array, { run, channelOf }: ChannelOrder, factor: Float64Array): Float32Array {
  const values = new Float32Array(weights.length);
  for (let start = 0, block = 0; start < weights.length; start += run, block++) {
    const by = factor[channelOf(block)] as number;
    for (let i = start; i < start + run; i++) values[i] = (weights[i] as number) * by;
  }
  return values;
}
