import type { Graph, Node } from '../graph.ts';
import { intsOf } from '../tensor.ts';
import { countUses, namesInBodies } from '../names.ts';
import type { Pass } from './pass.ts';
import { renameReads } from './rename.ts';

/**
 * Removes what does nothing at inference: Identity, Dropout whose mask nobody reads, and a Sum (Mean, Max, Min) of one input. Outputs of the graph keep their names: there, what makes the
 * input takes over the name, and the node stays where that is not possible (the input is an input, a constant or an output of the graph itself).
 */
export const dropIdentities: Pass = (graph, { note }) => {
  const uses = countUses(graph);
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  /** Tensor → the one to read instead. */
  const instead = new Map<string, string>();
  /** Tensor → the output of the graph that it becomes. */
  const becomes = new Map<string, string>();
  const hidden = namesInBodies(graph);
  const current = (name: string): string => instead.get(name) ?? name;

  const nodes = graph.nodes.filter((node) => {
    if (!isIdentity(node, graph, uses)) return true;
    const from = current(node.inputs[0] as string);
    const to = node.outputs[0] as string;
    // A body that reads the new name would find its own tensor of that name.
    if (hidden.has(from)) return true;
    if (!outputs.has(to)) {
      instead.set(to, from);
      return false;
    }
    if (outputs.has(from) || becomes.has(from) || !producers.has(from)) return true;
    becomes.set(from, to);
    return false;
  });
  const dropouts = nodes.filter((node) => node.op === 'Dropout' && node.domain === '');
  if (dropouts[0]) {
    const message = `Dropout nodes that stay, since their mask is read, or whether they are training is not constant: ${dropouts.length}, the first is ${dropouts[0].name}.`;
    note('prepared-dropout', message, dropouts[0].name);
  }
  const count = graph.nodes.length - nodes.length;
  if (count === 0) return graph;
  note('prepared-graph', `Identity, Dropout and Sum-of-one nodes removed, since they do nothing at inference: ${count}.`);
  const names = new Map(becomes);
  for (const [name, target] of instead) names.set(name, becomes.get(target) ?? target);
  return {
    ...graph,
    nodes: nodes.map((node) => ({ ...renameReads(node, names), outputs: node.outputs.map((output) => becomes.get(output) ?? output) })),
  };
};

/** Operators of any number of inputs: one alone passes through. Files of our own have them (quant/emit/keep-float.ts). */
const OF_ONE = new Set(['Sum', 'Mean', 'Max', 'Min']);

function isIdentity(node: Node, graph: Graph, uses: Map<string, number>): boolean {
  if (node.domain !== '' || !node.inputs[0] || !node.outputs[0]) return false;
  if (node.op === 'Identity' || (OF_ONE.has(node.op) && node.inputs.length === 1)) return true;
  if (node.op !== 'Dropout' || uses.has(node.outputs[1] ?? '')) return false;
  const training = node.inputs[2];
  const tensor = training ? graph.constants.get(training) : undefined;
  return !training || (tensor !== undefined && intsOf(tensor)[0] === 0);
}
