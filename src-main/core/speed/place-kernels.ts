import type { Graph, Node } from '../onnx/graph.ts';
import { floatOperator, isMove, type Kernel } from './kernels.ts';

export interface PlacedKernels {
  /** By the name of the node of the file that they compute. */
  byNode: Map<string, Kernel[]>;
  /** Whose node could not be told: moves that ONNX Runtime put in, and what it renamed beyond recognition. */
  others: Kernel[];
}

/** What optimizers put around a node's name. */
const OWN_NAMES = [/^fused /, /^InsertedPrecisionFreeCast_/, /_token_\d+$/, /\/duplicated$/, /\/\w*Fusion\/?$/];

/** How far a fused chain is followed back: BatchNormalization, an activation, an Add. */
const LONGEST_CHAIN = 8;

/**
 * Leads the kernels of an optimized graph back to the nodes of the file. ONNX Runtime keeps a node's name, numbers it (`Conv_0_token_7`), names the kernel
 * after the last tensor of what it fused (`T_nchwc`), or gives it a name of its own and keeps that tensor. What a fused kernel computes is led to the node
 * with its operator at the beginning of the chain: the Conv of Conv, BatchNormalization, Relu.
 */
export function placeKernels(graph: Graph, kernels: readonly Kernel[]): PlacedKernels {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.filter(Boolean).map((output) => [output, node] as const)));
  const exact = new Set(kernels.flatMap(({ name }) => (nodes.has(name) ? [name] : [])));
  const byNode = new Map<string, Kernel[]>();
  const others: Kernel[] = [];

  const beginning = (last: Node, op: string): Node => {
    let node: Node | undefined = last;
    for (let i = 0; i < LONGEST_CHAIN && node; i++) {
      if (node.op === op) return node;
      node = node.inputs.map((name) => producers.get(name)).find((producer) => producer !== undefined && !exact.has(producer.name));
    }
    return last;
  };
  const nodeOf = ({ name, op, outputs }: Kernel): Node | undefined => {
    const same = nodes.get(name);
    if (same) return same;
    const wanted = floatOperator(op);
    const bare = OWN_NAMES.reduce((rest, own) => rest.replace(own, ''), name);
    const renamed = exact.has(bare) ? undefined : nodes.get(bare);
    if (renamed && (floatOperator(renamed.op) === wanted || !isMove(op))) return renamed;
    // What ONNX Runtime put in to change the layout makes tensors that the file has too.
    if (op === 'ReorderInput' || op === 'ReorderOutput') return undefined;
    const made = producers.get(bare.replace(/_nchwc$/, '')) ?? outputs.map((output) => producers.get(output)).find((node) => node !== undefined);
    if (!made || (isMove(op) && made.op !== op)) return undefined;
    return beginning(made, wanted);
  };

  for (const kernel of kernels) {
    const node = nodeOf(kernel);
    if (!node) others.push(kernel);
    else byNode.set(node.name, [...(byNode.get(node.name) ?? []), kernel]);
  }
  return { byNode, others };
}
