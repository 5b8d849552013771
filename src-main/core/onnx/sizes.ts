import { namesReadBy } from './names.ts';
import { tensorAttribute } from './attributes.ts';
import type { Graph, Node } from './graph.ts';

/** Nodes that are there for another's sake: conversions of codes, and constants. */
const SERVING = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Constant', 'Identity', 'Cast']);

/**
 * Bytes of the constants that each node needs, as they lie in the file. Each constant counts once, at the first node that computes with it: what is behind a
 * DequantizeLinear counts at the node that reads its result, and scales of activations at the node that makes them.
 */
export function constantBytes(graph: Graph): Map<string, number> {
  const producers = new Map<string, Node>();
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output) producers.set(output, node);
    for (const name of namesReadBy(node)) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  }
  const ahead = (node: Node): Node | undefined => {
    const seen = new Set<Node>();
    let next: Node | undefined = node;
    while (next && SERVING.has(next.op) && !seen.has(next)) {
      seen.add(next);
      next = consumers.get(next.outputs[0] ?? '')?.[0];
    }
    return next && !SERVING.has(next.op) ? next : undefined;
  };
  const behind = (node: Node): Node | undefined => {
    let next: Node | undefined = node;
    while (next && SERVING.has(next.op)) next = producers.get(next.inputs[0] ?? '');
    return next;
  };
  /** Who a node serves; itself where it computes. */
  const owner = (node: Node): Node => (SERVING.has(node.op) ? (behind(node) ?? ahead(node) ?? node) : node);

  const bytes = new Map<string, number>();
  const counted = new Set<string>();
  const count = (node: Node, size: number): void => void bytes.set(node.name, (bytes.get(node.name) ?? 0) + size);
  for (const node of graph.nodes) {
    const value = node.op === 'Constant' ? tensorAttribute(node, 'value') : undefined;
    if (value) count(owner(node), value.bytes.length);
    for (const name of namesReadBy(node)) {
      const tensor = graph.constants.get(name);
      if (!tensor || counted.has(name)) continue;
      counted.add(name);
      count(owner(node), tensor.bytes.length);
    }
  }
  return bytes;
}
