import { floatAttribute, intAttribute, without } from '../attributes.ts';
import type { Graph, Node, Tensor } from '../graph.ts';
import { countUses, freshName, namesDefinedIn } from '../names.ts';
import { elementCount, floatsOf, floatTensor } from '../tensor.ts';
import { channelOrder, scaled, type ChannelOrder } from './channels.ts';
import { affineOf, compose, identity, scaledInput, type Affine } from './affine.ts';
import type { Pass } from './pass.ts';

/** A node with weights, and what has been found behind it so far that can become part of them. */
interface Chain {
  node: Node;
  weight: Tensor;
  bias: Tensor | null;
  order: ChannelOrder;
  affine: Affine;
  absorbed: Node[];
}

/**
 * Folds BatchNormalization, and Mul, Add, Sub and Div by one constant per channel or for all, into the weights and bias of the Conv, ConvTranspose or Gemm
 * before them, where nothing else reads what is between them. The node keeps its name and takes over the output of the last one. In double precision,
 * rounded once: W′ = W · factor, b′ = b · factor + offset. MatMul is left alone: it has no bias to take an offset.
 */
export const foldAffine: Pass = (graph, { note }) => {
  const uses = countUses(graph);
  const { chains, left } = chainsIn(graph, uses);
  const constants = new Map(graph.constants);
  const taken = namesDefinedIn(graph);
  /** A constant that only this node reads, and only once, keeps its name; a shared one stays for the others. */
  const put = (node: Node, wish: string, dims: number[], values: Float32Array): string => {
    const alone = uses.get(wish) === 1 && node.inputs.filter((name) => name === wish).length === 1;
    const name = alone ? wish : freshName(taken.has(wish) ? `${wish}_folded` : wish, taken);
    constants.set(name, floatTensor(name, dims, values));
    return name;
  };

  const replaced = new Map<Node, Node>();
  const gone = new Set<Node>();
  for (const chain of chains) {
    const { node, weight, bias, absorbed } = chain;
    const last = absorbed.at(-1);
    const folded = last && fold(chain);
    if (last && !folded) for (const each of absorbed) left.push({ node: each, reason: 'the weights would become infinite' });
    if (!folded) continue;
    const inputs = [node.inputs[0] as string, put(node, weight.name, weight.dims, folded.weight)];
    if (folded.bias) inputs.push(put(node, bias?.name ?? `${node.name}_bias`, [folded.bias.length], folded.bias));
    const attributes = node.op === 'Gemm' ? without(node.attributes, 'beta') : node.attributes;
    replaced.set(node, { ...node, inputs, outputs: last.outputs.slice(0, 1), attributes });
    for (const each of absorbed) gone.add(each);
  }

  if (left[0]) {
    const [{ node, reason }] = left as [Left];
    const message = `Nodes that scale or shift, but were not folded into weights before them: ${left.length}, the first is ${node.name} (${node.op}), since ${reason}.`;
    note('prepared-not-folded', message, node.name);
  }
  if (gone.size === 0) return graph;
  const kinds = [...Map.groupBy(gone, ({ op }) => op)].map(([op, nodes]) => `${nodes.length} ${op}`).join(', ');
  note('prepared-graph', `Nodes folded into the weights of the Conv, ConvTranspose or Gemm before them: ${gone.size} (${kinds}).`);
  return { ...graph, nodes: graph.nodes.filter((node) => !gone.has(node)).map((node) => replaced.get(node) ?? node), constants };
};

interface Left {
  node: Node;
  reason: string;
}

/** All nodes with weights, each with what can be folded into it; and what looks like it, but cannot. */
function chainsIn(graph: Graph, uses: Map<string, number>): { chains: Chain[]; left: Left[] } {
  const chains: Chain[] = [];
  const left: Left[] = [];
  /** Tensor → the chain that it is the end of. */
  const ends = new Map<string, Chain>();
  for (const node of graph.nodes) {
    const output = node.outputs[0] ?? '';
    const start = startOf(node, graph.constants);
    if (start) {
      chains.push(start);
      ends.set(output, start);
    }
    const input = scaledInput(node, graph.constants);
    if (input === null) continue;
    const chain = ends.get(input);
    const affine = chain && inInference(node, uses) ? affineOf(node, graph.constants, chain.order.channels, chain.weight.dims.length) : null;
    if (chain && affine && uses.get(input) === 1) {
      chain.affine = compose(chain.affine, affine);
      chain.absorbed.push(node);
      ends.set(output, chain);
    } else if (chain) {
      left.push({ node, reason: affine ? `${input} is read elsewhere too` : 'it does more than scale and shift channels by finite constants' });
    } else if (node.op === 'BatchNormalization') {
      left.push({ node, reason: 'no Conv, ConvTranspose or Gemm with constant float32 weights is before it' });
    }
  }
  return { chains, left };
}

/** Statistics of the batch, or outputs that only training reads, are no constants. */
function inInference(node: Node, uses: Map<string, number>): boolean {
  return intAttribute(node, 'training_mode', 0) === 0 && !node.outputs.slice(1).some((output) => uses.has(output));
}

/** null for nodes without channels, and for weights and biases that are computed or no float32. */
function startOf(node: Node, constants: ReadonlyMap<string, Tensor>): Chain | null {
  const weight = constants.get(node.inputs[1] ?? '');
  const bias = node.inputs[2] ? constants.get(node.inputs[2]) : null;
  const order = weight ? channelOrder(node, weight.dims) : null;
  if (!order || weight?.type !== 'float32' || bias === undefined || (bias && bias.type !== 'float32')) return null;
  // Gemm broadcasts its bias: one value, or one per column. A bias per row is none of the channels'.
  const size = elementCount(bias?.dims ?? []);
  if (size !== 1 && (size !== order.channels || bias?.dims.at(-1) !== order.channels)) return null;
  return { node, weight, bias, order, affine: identity(order.channels), absorbed: [] };
}

/** null where a value would leave float32. Without a bias and without an offset there is none afterwards. */
function fold({ node, weight, bias, order, affine }: Chain): { weight: Float32Array; bias: Float32Array | null } | null {
  const { factor, offset } = affine;
  const beta = node.op === 'Gemm' ? floatAttribute(node, 'beta', 1) : 1;
  const before = bias ? floatsOf(bias) : new Float32Array(1);
  const after = Float32Array.from(offset, (shift, i) => (before[before.length === 1 ? 0 : i] as number) * beta * (factor[i] as number) + shift);
  const values = scaled(floatsOf(weight), order, factor);
  if (!after.every(Number.isFinite) || !values.every(Number.isFinite)) return null;
  return { weight: values, bias: bias || offset.some((shift) => shift !== 0) ? after : null };
}
