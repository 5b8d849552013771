import type { Graph } from '../graph.ts';
import { namesReadBy } from '../names.ts';

/** Removes nodes that no output needs, constants that nothing reads, and what is said of tensors that are gone. */
export function dropDead(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.name));
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((output) => needed.has(output))) return false;
      for (const name of namesReadBy(node)) needed.add(name);
      return true;
    })
    .reverse();
  const made = new Set([...graph.inputs.map((input) => input.name), ...nodes.flatMap((node) => node.outputs)]);
  return {
    ...graph,
    nodes,
    constants: new Map([...graph.constants].filter(([name]) => needed.has(name))),
    values: new Map([...graph.values].filter(([name]) => made.has(name))),
  };
}
