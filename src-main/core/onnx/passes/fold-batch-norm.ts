import { floatAttribute, intAttribute, without } from '../attributes.ts';
import type { Attribute, Graph, Node, Tensor } from '../graph.ts';
import { countUses, freshName, namesDefinedIn } from '../names.ts';
import { elementCount, floatsOf, floatTensor } from '../tensor.ts';

/** Per channel, y = x · factor + offset. */
interface Affine {
  factor: Float64Array;
  offset: Float64Array;
}

/**
 * Folds BatchNormalization into the Conv, ConvTranspose or Gemm before it, where nothing else reads what is between them. The node keeps its name and
 * takes over the output of the BatchNormalization. In double precision: factor = γ / √(σ² + ε), W′ = W · factor, b′ = (b − μ) · factor + β.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const uses = countUses(graph);
  const taken = namesDefinedIn(graph);
  const constants = new Map(graph.constants);
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const replaced = new Map<Node, Node | null>();
  const put = (wish: string, dims: number[], values: Float32Array): string => {
    // A constant that only this node reads keeps its name; a shared one stays for the others.
    const readers = uses.get(wish) ?? 0;
    const name = readers === 1 ? wish : freshName(readers ? `${wish}_folded` : wish, taken);
    constants.set(name, floatTensor(name, dims, values));
    return name;
  };

  for (const norm of graph.nodes) {
    if (norm.op !== 'BatchNormalization' || norm.domain !== '') continue;
    const between = norm.inputs[0] as string;
    const node = producers.get(between);
    const affine = affineOf(norm, constants);
    if (intAttribute(norm, 'training_mode', 0) === 1 || norm.outputs.slice(1).some((output) => uses.has(output))) continue;
    if (!node || replaced.has(node) || node.domain !== '' || !affine || uses.get(between) !== 1) continue;
    const folded = foldInto(node, affine, constants);
    if (!folded) continue;
    const weight = put(node.inputs[1] as string, folded.weight.dims, folded.weight.values);
    const bias = put(node.inputs[2] || `${node.name}_bias`, [folded.bias.length], folded.bias);
    const attributes: Map<string, Attribute> = node.op === 'Gemm' ? without(node.attributes, 'beta') : node.attributes;
    replaced.set(node, { ...node, inputs: [node.inputs[0] as string, weight, bias], outputs: [norm.outputs[0] as string], attributes });
    replaced.set(norm, null);
  }
  if (replaced.size === 0) return graph;
  const nodes = graph.nodes.flatMap((node) => {
    const now = replaced.get(node);
    return now === undefined ? [node] : now === null ? [] : [now];
  });
  return { ...graph, nodes, constants };
}

function affineOf(norm: Node, constants: Map<string, Tensor>): Affine | null {
  const parameters = [1, 2, 3, 4].map((index) => constants.get(norm.inputs[index] ?? ''));
  if (parameters.some((tensor) => tensor?.type !== 'float32')) return null;
  const [gamma, beta, mean, variance] = (parameters as Tensor[]).map(floatsOf) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const epsilon = floatAttribute(norm, 'epsilon', 1e-5);
  const factor = Float64Array.from(gamma, (value, i) => value / Math.sqrt((variance[i] as number) + epsilon));
  return { factor, offset: factor.map((value, i) => (beta[i] as number) - (mean[i] as number) * value) };
}

function foldInto(node: Node, { factor, offset }: Affine, constants: Map<string, Tensor>): { weight: Folded; bias: Float32Array } | null {
  const weight = constants.get(node.inputs[1] ?? '');
  const given = node.inputs[2] ? constants.get(node.inputs[2]) : null;
  const order = weight && channelOrder(node, weight.dims);
  if (weight?.type !== 'float32' || order?.channels !== factor.length || given === undefined || (given && given.type !== 'float32')) return null;
  const beta = node.op === 'Gemm' ? floatAttribute(node, 'beta', 1) : 1;
  // Gemm broadcasts its bias: one value, or one per column. A bias per row cannot be folded.
  const size = given ? elementCount(given.dims) : 0;
  if (given && ((size !== 1 && size !== order.channels) || (size > 1 && given.dims.at(-1) !== order.channels))) return null;
  const bias = given ? floatsOf(given) : new Float32Array(1);
  return {
    weight: { dims: weight.dims, values: scaled(floatsOf(weight), order, factor) },
    bias: Float32Array.from(offset, (shift, i) => (bias[bias.length === 1 ? 0 : i] as number) * beta * (factor[i] as number) + shift),
  };
}

interface Folded {
  dims: number[];
  values: Float32Array;
}

function scaled(weights: Float32Array, { run, channelOf }: ChannelOrder, factor: Float64Array): Float32Array {
  const values = new Float32Array(weights.length);
  for (let start = 0, block = 0; start < weights.length; start += run, block++) {
    const by = factor[channelOf(block)] as number;
    for (let i = start; i < start + run; i++) values[i] = (weights[i] as number) * by;
  }
  return values;
}

/** How the output channels lie in the weights: `run` values in a row belong to the same one. */
interface ChannelOrder {
  channels: number;
  run: number;
  channelOf: (block: number) => number;
}

/** null for operators without channels. */
function channelOrder(node: Node, dims: readonly number[]): ChannelOrder | null {
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
      const channelOf = (block: number): number => Math.floor(block / second / perGroup) * second + (block % second);
      return { channels: second * group, run: elementCount(dims.slice(2)), channelOf };
    }
    default:
      return null;
  }
}
