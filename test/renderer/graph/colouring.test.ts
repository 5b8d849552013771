import { expect, it } from 'vitest';
import { colourBy, describe as inWords, paint, type NodeKinds, type NodeMetric } from '../../../src-renderer/graph/colouring.ts';
import type { ModelGraph } from '../../../src-renderer/graph/model-graph.ts';
import type { Box } from '../../../src-renderer/graph/visible.ts';

const graph: ModelGraph = { nodes: ['a', 'b', 'c'].map((name) => ({ kind: 'node', name, op: 'Conv' })), edges: [], positions: new Map(), constants: 0 };
const block: Box = { id: 'block:1', kind: 'block', title: 'body', detail: '3 nodes', members: [0, 1, 2], block: null };
const node: Box = { id: 'node:c', kind: 'node', title: 'Conv', detail: 'c', members: [2], block: null };
const sqnr: NodeMetric = {
  column: { key: 'sqnr', title: 'SQNR', unit: 'dB', hint: '', good: 'high', scale: 'linear', ends: { good: 50, bad: 10 }, format: String },
  byNode: new Map([['a', 3], ['b', 5]]),
  unknown: 'fused',
  bright: 'bad',
}; // prettier-ignore

it('a closed block shows its worst node, also beyond the end of the scale', () => {
  expect(paint(block, graph, colourBy(sqnr))).toMatchObject({ badness: 1, text: '3' });
  expect(inWords(block, graph, colourBy(sqnr))).toEqual({ name: 'body (3 nodes)', text: 'closed block · SQNR at worst 3' });
});

it('a node without a number says why', () => {
  expect(paint(node, graph, colourBy(sqnr))).toMatchObject({ badness: null, text: '–' });
  expect(inWords(node, graph, colourBy(sqnr)).text).toBe('Conv · SQNR – (fused)');
});

it('a metric without ends of its own takes those of the values, and of no values none', () => {
  const free = { ...sqnr, column: { ...sqnr.column, ends: undefined } } as unknown as NodeMetric;
  expect(colourBy(free)).toMatchObject({ ends: { good: 5, bad: 3 } });
  expect(colourBy({ ...free, byNode: new Map() })).toEqual({ by: 'nothing' });
});

it('kinds are told by letters and counts', () => {
  const kinds: NodeKinds = {
    title: 'Placement',
    hint: '',
    kinds: [
      { key: 'integer', letter: 'I', title: 'integer', pattern: 'solid' },
      { key: 'float', letter: 'F', title: 'float', pattern: 'hatched' },
    ],
    byNode: new Map([['a', 'float'], ['b', 'integer'], ['c', 'float']]), // prettier-ignore
  };
  expect(paint(block, graph, { by: 'kind', kinds }).text).toBe('F 2 I 1');
  expect(inWords(node, graph, { by: 'kind', kinds }).text).toBe('Conv · float');
});
