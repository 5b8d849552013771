import { allBlocks, blocksAround, type Block } from './blocks.ts';
import type { ModelGraph } from './model-graph.ts';

/** What is drawn as one box: a node, an end of the model, or a closed block. */
export interface Box {
  /** Name of the node or tensor with its kind, or id of the block. */
  id: string;
  kind: 'node' | 'input' | 'output' | 'block';
  title: string;
  /** Second line: the end of a node's name, or what a block holds. */
  detail: string;
  members: readonly number[];
  block: Block | null;
}

export interface Link {
  from: number;
  to: number;
  tensors: string[];
}

export interface Visible {
  boxes: readonly Box[];
  links: readonly Link[];
  /** Position of a node → its box. */
  boxOf: Int32Array;
}

/** Boxes and what connects them with exactly these blocks open; several edges between two boxes are one link. */
export function visible(graph: ModelGraph, root: Block, open: ReadonlySet<string>): Visible {
  const boxes: Box[] = [];
  const boxOf = new Int32Array(graph.nodes.length).fill(-1);
  const walk = (block: Block): void => {
    for (const child of block.children) {
      if (typeof child !== 'number' && open.has(child.id)) {
        walk(child);
        continue;
      }
      const box = typeof child === 'number' ? nodeBox(graph, child) : blockBox(child);
      for (const position of box.members) boxOf[position] = boxes.length;
      boxes.push(box);
    }
  };
  walk(root);

  const links = new Map<number, Link>();
  for (const { from, to, tensor } of graph.edges) {
    const a = boxOf[from] ?? -1;
    const b = boxOf[to] ?? -1;
    if (a === b) continue;
    const key = a * boxes.length + b;
    const link = links.get(key);
    if (!link) links.set(key, { from: a, to: b, tensors: [tensor] });
    else if (!link.tensors.includes(tensor)) link.tensors.push(tensor);
  }
  return { boxes, links: [...links.values()], boxOf };
}

function nodeBox(graph: ModelGraph, position: number): Box {
  const { kind, name, op } = graph.nodes[position] ?? { kind: 'node', name: '', op: '' };
  return { id: `${kind}:${name}`, kind, title: op, detail: name, members: [position], block: null };
}

function blockBox(block: Block): Box {
  return { id: `block:${block.id}`, kind: 'block', title: block.title, detail: `${block.members.length} nodes`, members: block.members, block };
}

/** How many boxes there are when exactly these blocks are open. */
export function countBoxes(root: Block, open: ReadonlySet<string>): number {
  return root.children.reduce<number>((sum, child) => sum + (typeof child !== 'number' && open.has(child.id) ? countBoxes(child, open) : 1), 0);
}

/** Opens whole levels, the outer ones first, as long as at most `limit` boxes come of it: every part of the model is shown in the same detail. */
export function openLevels(root: Block, limit: number): Set<string> {
  let open = new Set<string>();
  for (;;) {
    const wider = new Set(open);
    const deepen = (block: Block): void => {
      for (const child of block.children) {
        if (typeof child === 'number') continue;
        if (open.has(child.id)) deepen(child);
        else wider.add(child.id);
      }
    };
    deepen(root);
    if (wider.size === open.size || countBoxes(root, wider) > limit) return open;
    open = wider;
  }
}

/** Every block open. */
export function openAll(root: Block): Set<string> {
  return new Set(allBlocks(root).map(({ id }) => id));
}

/** The same with everything around one node open, so that the node has a box of its own. */
export function openTo(root: Block, open: ReadonlySet<string>, position: number): Set<string> {
  return new Set([...open, ...blocksAround(root, position).map(({ id }) => id)]);
}

/** The innermost open block around a node: what closing means there. */
export function closable(root: Block, open: ReadonlySet<string>, position: number): Block | null {
  return blocksAround(root, position).findLast(({ id }) => open.has(id)) ?? null;
}

/** The same with a block closed, and what is in it too, so that opening it again shows its first level. */
export function close(open: ReadonlySet<string>, block: Block): Set<string> {
  const closed = new Set([block.id, ...allBlocks(block).map(({ id }) => id)]);
  return new Set([...open].filter((id) => !closed.has(id)));
}
