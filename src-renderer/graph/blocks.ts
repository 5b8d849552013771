import type { ModelGraph } from './model-graph.ts';
import { nameBlocks } from './name-blocks.ts';
import { divide } from './structure-blocks.ts';

/** Nodes that are drawn as one box until somebody opens it. */
export interface Block {
  /** Stable for one model. */
  id: string;
  title: string;
  children: Child[];
  /** Positions of all its nodes, ascending. */
  members: number[];
}

/** A block, or the position of a node. */
export type Child = Block | number;

/** A list longer than this is divided by structure. */
const LONG = 24;

/**
 * Every node of a model in blocks within blocks: by the common beginnings of their names, and where those tell nothing (or leave long lists) by
 * structure. The root is never drawn.
 */
export function blockTree(graph: ModelGraph): Block {
  const root = nameBlocks(graph);
  const divideAll = (block: Block): void => {
    if (block.children.length > LONG) divide(block, graph, LONG);
    for (const child of block.children) if (typeof child !== 'number') divideAll(child);
  };
  divideAll(root);
  return root;
}

export function membersOf(child: Child): readonly number[] {
  return typeof child === 'number' ? [child] : child.members;
}

export function firstOf(child: Child): number {
  return typeof child === 'number' ? child : (child.members[0] ?? -1);
}

/** All blocks below the root, outer ones before inner ones. */
export function allBlocks(root: Block): Block[] {
  return root.children.flatMap((child) => (typeof child === 'number' ? [] : [child, ...allBlocks(child)]));
}

/** The blocks that hold a node, outermost first. */
export function blocksAround(root: Block, position: number): Block[] {
  const around: Block[] = [];
  let at: Block | undefined = root;
  while (at) {
    at = at.children.find((child): child is Block => typeof child !== 'number' && holds(child, position));
    if (at) around.push(at);
  }
  return around;
}

function holds({ members }: Block, position: number): boolean {
  let low = 0;
  let high = members.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = members[middle] as number;
    if (value === position) return true;
    if (value < position) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
