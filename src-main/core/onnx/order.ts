import type { Node } from './graph.ts';
import { invalidModel } from './invalid.ts';

/**
 * Nodes in an order in which each runs after those it reads from. Nodes that are in such an order already keep it.
 * @param reads the tensors of the same graph that a node reads
 * @throws CalibrantError `model-invalid` for a cycle
 */
export function sortNodes(nodes: readonly Node[], reads: (node: Node) => readonly string[]): Node[] {
  const producers = new Map<string, Node>();
  for (const node of nodes) for (const output of node.outputs) if (output) producers.set(output, node);
  const done = new Set<Node>();
  const open = new Set<Node>();
  const result: Node[] = [];
  // Depth first with a stack of its own: a chain of a hundred thousand nodes must not exhaust the engine's.
  for (const start of nodes) {
    const stack = done.has(start) ? [] : [start];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      open.add(node);
      const missing = reads(node)
        .map((name) => producers.get(name))
        .filter((producer) => producer !== undefined && !done.has(producer)) as Node[];
      const [next] = missing;
      if (next === undefined) {
        stack.pop();
        open.delete(node);
        if (!done.has(node)) result.push(node);
        done.add(node);
      } else if (open.has(next)) {
        throw invalidModel(`its nodes ${next.name} and ${node.name} wait for each other`, { node: next.name });
      } else {
        stack.push(next);
      }
    }
  }
  return result;
}
