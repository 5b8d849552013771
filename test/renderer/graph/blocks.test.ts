import { describe, expect, it } from 'vitest';
import type { NodeRow } from '../../../src-main/contract/model.ts';
import { allBlocks, blocksAround, blockTree } from '../../../src-renderer/graph/blocks.ts';
import { modelGraph, type ModelGraph } from '../../../src-renderer/graph/model-graph.ts';
import { closable, close, countBoxes, openAll, openLevels, openTo, visible } from '../../../src-renderer/graph/visible.ts';

/** Nodes as [name, operator, inputs]; each makes a tensor of its own name. */
function graphOf(nodes: readonly (readonly [name: string, op: string, inputs: readonly string[]])[], output: string): ModelGraph {
  const rows = nodes.map(([name, op, inputs], index): NodeRow => ({ index, name, op, domain: '', inputs: [...inputs], outputs: [name], type: 'float32', shape: null, parameters: 0, macs: null })); // prettier-ignore
  return modelGraph({ nodes: rows, inputs: [{ name: 'x', type: 'float32', shape: null }], outputs: [{ name: output, type: 'float32', shape: null }] });
}

/** Blocks of three Conv–Relu pairs with a shortcut around them, `count` nodes in all. */
function residual(count: number, named: boolean): ModelGraph {
  const nodes: [string, string, string[]][] = [];
  let last = 'x';
  const add = (op: string, inputs: string[], block: number): void => {
    last = named ? `/stage${block >> 3}/block${block}/${op}_${nodes.length}` : `${op}_${nodes.length}`;
    nodes.push([last, op, inputs]);
  };
  for (let block = 0; nodes.length < count; block++) {
    const entry = last;
    for (let i = 0; i < 6 && nodes.length < count; i++) add(i % 2 ? 'Relu' : 'Conv', [last], block);
    if (nodes.length < count) add('Add', [last, entry], block);
  }
  return graphOf(nodes, last);
}

/** Whether something lies both before and after itself when every closed block is one box: Kahn's algorithm leaves nodes over. */
function hasCycle(boxes: number, links: readonly { from: number; to: number }[]): boolean {
  const waiting = new Array<number>(boxes).fill(0);
  for (const { to } of links) waiting[to] = (waiting[to] ?? 0) + 1;
  const ready = waiting.flatMap((n, i) => (n === 0 ? [i] : []));
  let done = 0;
  for (let box = ready.pop(); box !== undefined; box = ready.pop()) {
    done += 1;
    for (const { from, to } of links) if (from === box && (waiting[to] = (waiting[to] ?? 0) - 1) === 0) ready.push(to);
  }
  return done < boxes;
}

describe('the graph of a model', () => {
  it('has an edge for every tensor between two nodes, the ends, and no constants', () => {
    const graph = graphOf([['c', 'Constant', []], ['a', 'Conv', ['x', 'weight']], ['b', 'Clip', ['a', 'c']], ['d', 'Add', ['a', 'b']]], 'd'); // prettier-ignore
    expect(graph.nodes.map(({ op }) => op)).toEqual(['input', 'Conv', 'Clip', 'Add', 'output']);
    expect(graph.edges.map(({ from, to, tensor }) => `${from}${tensor}${to}`)).toEqual(['0x1', '1a2', '1a3', '2b3', '3d4']);
    expect(graph.constants).toBe(1);
  });
});

describe('blocks', () => {
  it('follow the names, without one around everything and without those of a single child', () => {
    const graph = graphOf([['/net/f.0/c/Conv', 'Conv', ['x']], ['/net/f.0/c/Relu', 'Relu', ['/net/f.0/c/Conv']], ['/net/f.1/Conv', 'Conv', ['/net/f.0/c/Relu']], ['/net/Add', 'Add', ['/net/f.1/Conv']]], '/net/Add'); // prettier-ignore
    const blocks = allBlocks(blockTree(graph));
    expect(blocks.map(({ title, members }) => [title, members])).toEqual([['f.0/c', [1, 2]]]);
  });

  it('are not made of names that other nodes lie in the middle of', () => {
    const graph = graphOf([['/a/One', 'Conv', ['x']], ['/Between', 'Relu', ['/a/One']], ['/a/Two', 'Conv', ['/Between']]], '/a/Two'); // prettier-ignore
    expect(allBlocks(blockTree(graph))).toEqual([]);
  });

  it.each([
    [1000, true],
    [1000, false],
    [3000, true],
    [3000, false],
  ])('of %i nodes (named: %s) give at most 400 boxes at first, without any cycle, and hold every node once', (count, named) => {
    const graph = residual(count, named);
    const root = blockTree(graph);
    for (const open of [new Set<string>(), openLevels(root, 400), openAll(root)]) {
      const { boxes, links, boxOf } = visible(graph, root, open);
      expect(boxes).toHaveLength(countBoxes(root, open));
      expect(boxes.flatMap(({ members }) => members).toSorted((a, b) => a - b)).toEqual(graph.nodes.map((_, i) => i));
      expect([...boxOf].every((box, position) => boxes[box]?.members.includes(position))).toBe(true);
      expect(hasCycle(boxes.length, links)).toBe(false);
    }
    expect(countBoxes(root, openLevels(root, 400))).toBeLessThanOrEqual(400);
    expect(countBoxes(root, openAll(root))).toBe(count + 2);
    const ids = allBlocks(root).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('open around one node, and close again from the inside', () => {
    const graph = residual(1000, true);
    const root = blockTree(graph);
    const open = openTo(root, new Set(), 500);
    const seen = visible(graph, root, open);
    expect(seen.boxes[seen.boxOf[500] ?? -1]).toMatchObject({ kind: 'node', members: [500] });
    const inner = closable(root, open, 500);
    expect(inner?.id).toBe(blocksAround(root, 500).at(-1)?.id);
    const closed = visible(graph, root, inner ? close(open, inner) : open);
    expect(closed.boxes[closed.boxOf[500] ?? -1]).toMatchObject({ kind: 'block', title: inner?.title });
  });
});
