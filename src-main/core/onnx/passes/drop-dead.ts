import { namesReadBy } from '../names.ts';
import type { Pass } from './pass.ts';

/** Removes nodes that no output needs, constants that nothing reads, and what is said of tensors that are gone. */
export const dropDead: Pass = (graph, { note }) => {
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
  const count = graph.nodes.length - nodes.length;
  if (count > 0) note('prepared-graph', `Nodes removed, since no output needs them: ${count}.`);
  return {
    ...graph,
    nodes,
    constants: new Map([...graph.constants].filter(([name]) => needed.has(name))),
    values: new Map([...graph.values].filter(([name]) => made.has(name))),
  };
};
