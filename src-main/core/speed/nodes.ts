import type { ModelSpeed, NodeSpeed } from '../../contract/evidence.ts';
import type { Graph, Node } from '../onnx/graph.ts';
import { constantBytes } from '../onnx/sizes.ts';
import { viewGraph } from '../quant/view.ts';
import type { Intent } from './intent.ts';
import { floatOperator, isConversion, isInteger, isMove, type Kernel } from './kernels.ts';
import { placeKernels } from './place-kernels.ts';

/** A model and what ran of it. */
export interface Ran {
  graph: Graph;
  kernels: readonly Kernel[];
}

/**
 * What became of every node, in the order of the float graph; of the quantized one where there is no float one. Nodes are the same where their names are
 * (tools append `_quant`), or where they make the same tensor.
 */
export function describeNodes(quantized: Ran, float: Ran | null, intent: ReadonlyMap<string, Intent> | null): NodeSpeed[] {
  const ran = placeKernels(quantized.graph, quantized.kernels);
  const before = float && placeKernels(float.graph, float.kernels);
  const counterpart = float ? counterparts(float.graph, quantized.graph) : (node: Node) => node;
  const [bytes, floatBytes] = [constantBytes(quantized.graph), float && constantBytes(float.graph)];
  const lost = new Set(ran.others.filter(({ op }) => !isMove(op)).map(({ op }) => floatOperator(op)));
  return (float?.graph ?? quantized.graph).nodes
    .filter(({ op }) => !isConversion(op) && op !== 'Constant')
    .map((node): NodeSpeed => {
      const same = counterpart(node);
      const kernels = same ? (ran.byNode.get(same.name) ?? []) : [];
      const wanted = (same && intent?.get(same.name)) ?? intent?.get(node.name) ?? null;
      const main = mainOf(kernels);
      const unknown = !main && lost.has(floatOperator(node.op));
      return {
        node: node.name,
        op: float ? node.op : floatOperator(node.op),
        kernel: main?.op ?? null,
        ran: main ? ranAs(main, kernels, wanted) : unknown ? 'unknown' : 'fused',
        wanted,
        ms: timeOf(kernels),
        floatMs: before && timeOf(before.byNode.get(node.name) ?? []),
        bytes: same ? (bytes.get(same.name) ?? 0) : unknown ? null : 0,
        floatBytes: floatBytes && (floatBytes.get(node.name) ?? 0),
      };
    });
}

/** How far a node's result is followed to the tensor that names it in the quantized graph, behind BatchNormalization and activations. */
const LONGEST_CHAIN = 8;

/** The node of the quantized graph that a float node became; each is led to once. Converters number their nodes, so that a name alone proves nothing. */
function counterparts(float: Graph, quantized: Graph): (node: Node) => Node | undefined {
  const nodes = quantized.nodes.filter(({ op }) => !isConversion(op));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const { producers, consumers } = viewGraph(float);
  const makes = (node: Node, tensor: string): boolean => {
    let made = node.outputs[0] ?? '';
    for (let i = 0; i < LONGEST_CHAIN && made !== tensor; i++) made = consumers.get(made)?.[0]?.outputs[0] ?? '';
    return made === tensor;
  };
  const named = (node: Node): Node | undefined => {
    const found = byName.get(node.name) ?? byName.get(`${node.name}_quant`);
    if (!found || floatOperator(found.op) !== node.op) return undefined;
    const tensor = (found.outputs[0] ?? '').replace(/_quantized$/, '');
    return !producers.has(tensor) || makes(node, tensor) ? found : undefined;
  };
  const taken = new Set(float.nodes.map(named));
  const makers = new Map(nodes.flatMap((node) => (taken.has(node) ? [] : node.outputs.map((output) => [output, node] as const))));
  return (node) => named(node) ?? node.outputs.map((output) => makers.get(output) ?? makers.get(`${output}_quantized`)).find((maker) => maker !== undefined);
}

/** The kernel that stands for a node: the slowest that computes, else the slowest. */
function mainOf(kernels: readonly Kernel[]): Kernel | null {
  const computing = kernels.filter(({ op }) => !isMove(op));
  return (computing.length > 0 ? computing : kernels).reduce<Kernel | null>((most, kernel) => (most === null || kernel.ms > most.ms ? kernel : most), null);
}

/** A node that was to be an integer one and has float values in its hands is a float node, even if it only moves them. */
function ranAs(main: Kernel, kernels: readonly Kernel[], wanted: Intent | null): NodeSpeed['ran'] {
  const integer = kernels.some((kernel) => isInteger(kernel) && !isMove(kernel.op));
  if (integer) return 'integer';
  if (!isMove(main.op)) return 'float';
  return wanted === 'integer' && main.type === 'float32' ? 'float' : 'moved';
}

function timeOf(kernels: readonly Kernel[]): number | null {
  return kernels.length === 0 ? null : kernels.reduce((sum, { ms }) => sum + ms, 0);
}

/** Kernels by operator, slowest first. */
export function describeOperators(kernels: readonly Kernel[]): ModelSpeed['operators'] {
  const total = kernels.reduce((sum, { ms }) => sum + ms, 0);
  return [...Map.groupBy(kernels, ({ op }) => op)]
    .map(([op, same]) => {
      const ms = same.reduce((sum, kernel) => sum + kernel.ms, 0);
      return { op, count: same.length, ms, share: total > 0 ? (100 * ms) / total : 0 };
    })
    .sort((a, b) => b.ms - a.ms || (a.op < b.op ? -1 : 1));
}

export function describeConversions(kernels: readonly Kernel[]): { count: number; ms: number } {
  const ran = kernels.filter(({ op }) => isConversion(op));
  return { count: ran.length, ms: ran.reduce((sum, { ms }) => sum + ms, 0) };
}
