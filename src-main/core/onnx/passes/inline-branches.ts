import { nodesWithin, subgraphsOf } from '../attributes.ts';
import type { Graph, Node, Tensor } from '../graph.ts';
import { freshName, namesDefinedIn } from '../names.ts';
import { intsOf } from '../tensor.ts';
import type { Pass } from './pass.ts';
import { renameReads } from './rename.ts';

/**
 * An If whose condition is constant becomes the nodes of the branch that always runs: exporters leave it behind where a shape decides. Names that exist
 * elsewhere get a number; Identity nodes hand the results over.
 */
export const inlineBranches: Pass = (graph, { note }) => {
  const branches = new Map(graph.nodes.flatMap((node) => takenBranch(node, graph.constants) ?? []));
  if (branches.size === 0) return graph;
  const constants = new Map(graph.constants);
  const values = new Map(graph.values);
  const rename = namesFor(graph);
  const nodeNames = new Set(graph.nodes.map(({ name }) => name));
  const nodes = graph.nodes.flatMap((node) => {
    const branch = branches.get(node);
    if (!branch) return [node];
    const names = new Map([...namesDefinedIn(branch)].map((name) => [name, rename(name)]));
    const renamed = (name: string): string => names.get(name) ?? name;
    for (const [name, tensor] of branch.constants) constants.set(renamed(name), { ...tensor, name: renamed(name) });
    for (const [name, info] of branch.values) if (names.has(name)) values.set(renamed(name), { ...info, name: renamed(name) });
    const inner = branch.nodes.map((each) => ({ ...renameReads(each, names), name: freshName(each.name, nodeNames), outputs: each.outputs.map(renamed) }));
    const results = branch.outputs.flatMap((output, i): Node[] => {
      const name = freshName(`${node.name}_${i}`, nodeNames);
      return node.outputs[i] ? [{ name, op: 'Identity', domain: '', inputs: [renamed(output.name)], outputs: [node.outputs[i]], attributes: new Map() }] : [];
    });
    return [...inner, ...results];
  });
  note('prepared-graph', `If nodes replaced by the branch that their constant condition always takes: ${branches.size}.`);
  return { ...graph, nodes, constants, values };
};

function takenBranch(node: Node, constants: ReadonlyMap<string, Tensor>): [Node, Graph][] | null {
  const condition = node.op === 'If' && node.domain === '' ? constants.get(node.inputs[0] ?? '') : undefined;
  if (condition?.type !== 'bool') return null;
  const branch = node.attributes.get(intsOf(condition)[0] ? 'then_branch' : 'else_branch');
  return branch?.kind === 'graph' ? [[node, branch.value]] : null;
}

/** A name of a body in the graph around it: as it is, unless the graph or another body has it too, which would then hide it. */
function namesFor(graph: Graph): (name: string) => string {
  const all = namesDefinedIn(graph);
  const elsewhere = new Set(all);
  for (const body of nodesWithin(graph).flatMap(subgraphsOf)) {
    for (const name of namesDefinedIn(body)) {
      if (all.has(name)) elsewhere.add(name);
      all.add(name);
    }
  }
  return (name) => (elsewhere.has(name) ? freshName(name, all) : name);
}
