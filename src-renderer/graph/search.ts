import type { ModelGraph } from './model-graph.ts';

/** Positions of the nodes whose name or operator has every word of the query, in the order of the graph; an operator that is the query comes first. */
export function findNodes({ nodes }: ModelGraph, query: string): number[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const hits = nodes.flatMap(({ name, op }, position) => (words.every((word) => `${op} ${name}`.toLowerCase().includes(word)) ? [position] : []));
  const exact = (position: number): boolean => nodes[position]?.op.toLowerCase() === words[0];
  return words.length === 1 ? [...hits.filter(exact), ...hits.filter((position) => !exact(position))] : hits;
}
