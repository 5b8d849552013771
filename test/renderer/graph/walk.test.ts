import { expect, it } from 'vitest';
import { boxAt, BOX, type Laid } from '../../../src-renderer/graph/layout.ts';
import { beginning, brought, fit, zoomed } from '../../../src-renderer/graph/camera.ts';
import { findNodes } from '../../../src-renderer/graph/search.ts';
import type { Box } from '../../../src-renderer/graph/visible.ts';
import { step } from '../../../src-renderer/graph/walk.ts';

/** 0 above 1 and 2 side by side, both above 3; a shortcut from 0 to 3. */
const laid: Laid = { width: 500, height: 300, corners: Float64Array.of(100, 0, 0, 100, 250, 100, 100, 200), lines: [] };
const box: Box = { id: '', kind: 'node', title: '', detail: '', members: [], block: null };
const graph = { boxes: [box, box, box, box], links: [[0, 3], [0, 1], [0, 2], [1, 3], [2, 3]].map(([from = 0, to = 0]) => ({ from, to, tensors: [] })) }; // prettier-ignore

it('arrow keys go along the edges, to the nearest layer first, and sideways within a layer', () => {
  expect(step(0, 'down', graph, laid)).toBe(1);
  expect(step(1, 'right', graph, laid)).toBe(2);
  expect(step(2, 'left', graph, laid)).toBe(1);
  expect(step(2, 'down', graph, laid)).toBe(3);
  expect(step(3, 'down', graph, laid)).toBe(3);
  expect(step(1, 'up', graph, laid)).toBe(0);
});

it('finds the box under a point', () => {
  expect(boxAt(laid, 110, 210)).toBe(3);
  expect(boxAt(laid, 220, 110)).toBe(-1);
});

it('zooms around the pointer, fits everything, and moves no further than needed', () => {
  const camera = zoomed({ scale: 1, x: 10, y: 20 }, 2, { x: 100, y: 100 });
  expect({ x: (100 - camera.x) / camera.scale, y: (100 - camera.y) / camera.scale }).toEqual({ x: 90, y: 80 });
  expect(fit({ width: 1000, height: 4000 }, { width: 500, height: 400 }).scale).toBe(0.1);
  expect(beginning({ width: 300, height: 90_000 }, { width: 900, height: 600 })).toMatchObject({ scale: 1, y: 0 });
  const still = { scale: 1, x: 0, y: 0 };
  expect(brought(still, { width: 900, height: 600 }, { x: 200, y: 200, ...BOX })).toEqual(still);
  expect(brought(still, { width: 900, height: 600 }, { x: 200, y: 900, ...BOX }).y).toBe(600 - 28 - 900 - BOX.height);
});

it('finds nodes by all words of a query, those of that operator first', () => {
  const nodes = [{ kind: 'node', name: '/a/Conv_1', op: 'Relu' }, { kind: 'node', name: '/a/2', op: 'Conv' }, { kind: 'node', name: '/b/3', op: 'Conv' }] as const; // prettier-ignore
  const model = { nodes, edges: [], positions: new Map(), constants: 0 };
  expect(findNodes(model, 'conv')).toEqual([1, 2, 0]);
  expect(findNodes(model, '/b conv')).toEqual([2]);
  expect(findNodes(model, ' ')).toEqual([]);
});
