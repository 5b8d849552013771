import { firstOf, membersOf, type Block, type Child } from './blocks.ts';
import type { ModelGraph } from './model-graph.ts';

/** Children of a stretch: about so many, cut where the graph is narrow. */
const STRETCH = { least: 3, most: 8 };

/**
 * Divides a long list of children: first chains without branching become blocks, then, as long as more than `most` are left, stretches that follow each
 * other. Stretches of an order in which edges lead forwards never lie before and after the same node.
 */
export function divide(block: Block, graph: ModelGraph, most: number): void {
  const chains = chainsOf(block, graph);
  // A chain that is nearly everything divides nothing.
  const longest = Math.max(...chains.map((child) => (typeof child === 'number' || block.children.includes(child) ? 1 : child.children.length)));
  if (longest <= block.children.length / 2) block.children = chains;
  while (block.children.length > most) block.children = stretchesOf(block, graph);
}

function made(parent: Block, children: Child[], graph: ModelGraph): Block {
  const members = children.flatMap((child) => membersOf(child)).sort((a, b) => a - b);
  const first = members[0] ?? 0;
  const last = members.at(-1) ?? first;
  const op = (position: number): string => graph.nodes[position]?.op ?? '';
  return { id: `${parent.id}#${first}-${last}:${members.length}`, title: `${op(first)} … ${op(last)}`, children, members };
}

/** For every child of a block: the children that its edges lead to, and how many children lead to it. Edges to and from elsewhere count, as -1. */
function neighbours({ children }: Block, graph: ModelGraph): { next: Set<number>[]; previous: Set<number>[] } {
  const childOf = new Map<number, number>();
  children.forEach((child, i) => membersOf(child).forEach((position) => childOf.set(position, i)));
  const next = children.map(() => new Set<number>());
  const previous = children.map(() => new Set<number>());
  for (const { from, to } of graph.edges) {
    const a = childOf.get(from) ?? -1;
    const b = childOf.get(to) ?? -1;
    if (a === b) continue;
    next[a]?.add(b);
    previous[b]?.add(a);
  }
  return { next, previous };
}

function chainsOf(block: Block, graph: ModelGraph): Child[] {
  const { next, previous } = neighbours(block, graph);
  const isEnd = (child: number): boolean => {
    const only = block.children[child];
    return typeof only === 'number' && graph.nodes[only]?.kind !== 'node';
  };
  /** The child that goes on where this one ends, if nothing branches off and nothing joins. */
  const onward = (child: number): number | null => {
    const [to = -1] = next[child] ?? [];
    return next[child]?.size === 1 && to >= 0 && previous[to]?.size === 1 && !isEnd(to) && !isEnd(child) ? to : null;
  };
  const chained = new Set<number>();
  const result: Child[] = [];
  block.children.forEach((_, i) => {
    if (chained.has(i)) return;
    const chain = [i];
    for (let at = onward(i); at !== null && !chained.has(at); at = onward(at)) chain.push(at);
    chain.forEach((one) => chained.add(one));
    if (chain.length < 3) result.push(...chain.map((one) => block.children[one] as Child));
    else result.push(made(block, chain.map((one) => block.children[one] as Child), graph)); // prettier-ignore
  });
  return result.sort((a, b) => firstOf(a) - firstOf(b));
}

function stretchesOf(block: Block, graph: ModelGraph): Block[] {
  const { next } = neighbours(block, graph);
  const { children } = block;
  /** How many edges pass the gap before each child. */
  const width = new Int32Array(children.length + 1);
  next.forEach((targets, i) =>
    targets.forEach((to) => {
      if (to <= i) return;
      width[i + 1] = (width[i + 1] ?? 0) + 1;
      width[to + 1] = (width[to + 1] ?? 0) - 1;
    }),
  );
  for (let i = 1; i < width.length; i++) width[i] = (width[i] ?? 0) + (width[i - 1] ?? 0);

  const stretches: Block[] = [];
  for (let start = 0; start < children.length;) {
    let end = children.length;
    if (end - start > STRETCH.most) {
      end = start + STRETCH.least;
      // Of the narrowest places the latest.
      for (let at = end; at <= start + STRETCH.most; at++) if ((width[at] ?? 0) <= (width[end] ?? 0)) end = at;
    }
    stretches.push(made(block, children.slice(start, end), graph));
    start = end;
  }
  return stretches;
}
