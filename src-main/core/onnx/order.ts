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
  // Depth first with a stack of its own: a chain of a hundred thousand nodes must not exhaust the engine's. Each entry remembers how far it has looked,
  // so that a node with thousands of inputs looks at each of them once.
  const visit = (node: Node): { node: Node; waits: Iterator<string> } => {
    open.add(node);
    return { node, waits: reads(node)[Symbol.iterator]() };
  };
  for (const start of nodes) {
    const stack = done.has(start) ? [] : [visit(start)];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { node, waits } = top;
      const { value, done: ready } = waits.next();
      const next = ready ? undefined : producers.get(value);
      if (ready) {
        stack.pop();
        open.delete(node);
        done.add(node);
        result.push(node);
      } else if (next && open.has(next)) {
        throw invalidModel(`its nodes ${next.name} and ${node.name} wait for each other`, { node: next.name });
      } else if (next && !done.has(next)) {
        stack.push(visit(next));
      }
    }
  }
  return result;
}
