import { floatAttribute, intAttribute, without } from '../attributes.ts';
import type { Node, Tensor } from '../graph.ts';
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
  /** Tensor → the chain that it is the end of. */
  const ends = new Map<string, Chain>();
  const left: { node: Node; reason: string }[] = [];
  for (const node of graph.nodes) {
    const output = node.outputs[0] ?? '';
    const chain = chainOf(node, graph.constants);
    if (chain) ends.set(output, chain);
    const input = scaledInput(node, graph.constants);
    const before = ends.get(input ?? '');
    if (input === null) continue;
    const affine = before && inInference(node, uses) ? affineOf(node, graph.constants, before.order.channels, before.weight.dims.length) : null;
    if (before && affine && uses.get(input) === 1) {
      before.affine = compose(before.affine, affine);
      before.absorbed.push(node);
      ends.set(output, before);
    } else if (before || node.op === 'BatchNormalization') {
      const reason = !before
        ? 'no Conv, ConvTranspose or Gemm with constant float32 weights is before it'
        : affine
          ? `${input} is read elsewhere too`
          : 'it does more than scale and shift channels by finite constants';
      left.push({ node, reason });
    }
  }

  const replaced = new Map<Node, Node | null>();
  const constants = new Map(graph.constants);
  const taken = namesDefinedIn(graph);
  for (const chain of new Set(ends.values())) {
    const last = chain.absorbed.at(-1);
    if (!last) continue;
    const folded = fold(chain);
    if (!folded) {
      left.push(...chain.absorbed.map((node) => ({ node, reason: 'the weights would become infinite' })));
      continue;
    }
    const put = (wish: string, dims: number[], values: Float32Array): string => {
      // A constant that only this node reads, and only once, keeps its name; a shared one stays for the others.
      const alone = uses.get(wish) === 1 && chain.node.inputs.indexOf(wish) === chain.node.inputs.lastIndexOf(wish);
      const name = alone ? wish : freshName(taken.has(wish) ? `${wish}_folded` : wish, taken);
      constants.set(name, floatTensor(name, dims, values));
      return name;
    };
    const { node, weight, bias } = chain;
    const inputs = [node.inputs[0] as string, put(weight.name, weight.dims, folded.weight)];
    if (folded.bias) inputs.push(put(bias?.name ?? `${node.name}_bias`, [folded.bias.length], folded.bias));
    const attributes = node.op === 'Gemm' ? without(node.attributes, 'beta') : node.attributes;
    replaced.set(node, { ...node, inputs, outputs: last.outputs.slice(0, 1), attributes });
    for (const gone of chain.absorbed) replaced.set(gone, null);
  }

  const gone = [...replaced].flatMap(([node, now]) => (now === null ? [node.op] : []));
  if (gone.length > 0) {
    const kinds = [...new Set(gone)].map((op) => `${gone.filter((other) => other === op).length} ${op}`).join(', ');
    note('prepared-graph', `Nodes folded into the weights of the Conv, ConvTranspose or Gemm before them: ${gone.length} (${kinds}).`);
  }
  const [first] = left;
  if (first) {
    const more = left.length > 1 ? ` and ${left.length - 1} more` : '';
    const message = `Node ${first.node.name} (${first.node.op})${more} was not folded into the weights before it, since ${first.reason}.`;
    note('prepared-not-folded', message, first.node.name);
  }
  if (gone.length === 0) return graph;
  const nodes = graph.nodes.flatMap((node) => {
    const now = replaced.get(node);
    return now === undefined ? [node] : now === null ? [] : [now];
  });
  return { ...graph, nodes, constants };
};

/** Statistics of the batch, or outputs that only training reads, are no constants. */
function inInference(node: Node, uses: Map<string, number>): boolean {
  return intAttribute(node, 'training_mode', 0) === 0 && !node.outputs.slice(1).some((output) => uses.has(output));
}

/** null for nodes without channels, and for weights and biases that are computed or no float32. */
function chainOf(node: Node, constants: ReadonlyMap<string, Tensor>): Chain | null {
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
