import type { NodeRow } from '../../../src-main/contract/model.ts';

/** Nodes whose name, operator or tensors contain every word of the query. */
export function filterNodes(nodes: readonly NodeRow[], query: string): readonly NodeRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return nodes;
  return nodes.filter((node) => {
    const text = [node.name, node.op, ...node.inputs, ...node.outputs].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
