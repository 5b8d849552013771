import { badness, type HeatmapColumn } from '../charts/heatmap.ts';
import { number } from '../components/format.ts';
import type { ModelGraph } from './model-graph.ts';
import type { Box } from './visible.ts';

/** Numbers of nodes, by name; a node without one is unknown. */
export interface NodeMetric {
  column: HeatmapColumn;
  byNode: ReadonlyMap<string, number>;
  /** Why a node has none. */
  unknown: string;
  /** What the bright end means. */
  bright: 'bad' | 'much';
}

/** A kind that nodes belong to, told apart by a letter and a pattern, not by colour only. */
export interface NodeKind {
  key: string;
  /** One letter. */
  letter: string;
  title: string;
  pattern: 'solid' | 'hatched' | 'dotted' | 'empty';
}

export interface NodeKinds {
  title: string;
  hint: string;
  kinds: readonly NodeKind[];
  byNode: ReadonlyMap<string, string>;
}

/** What the boxes are coloured by. */
export type Colouring = { by: 'nothing' } | { by: 'metric'; metric: NodeMetric; ends: { good: number; bad: number } } | { by: 'kind'; kinds: NodeKinds };

/** What is to be seen on one box. */
export interface Paint {
  /** 0 the good end … 1 the bad one; null: unknown or coloured by something else. */
  badness: number | null;
  /** Kinds of its nodes with their counts, most first. */
  kinds: { kind: NodeKind; count: number }[];
  /** The short text on the box. */
  text: string;
}

/** Ends of a metric: its own, else those of the nodes' values (on a log scale of the positive ones). */
export function colourBy(metric: NodeMetric): Colouring {
  const { column, byNode } = metric;
  if (column.ends) return { by: 'metric', metric, ends: column.ends };
  const values = [...byNode.values()].filter((value) => Number.isFinite(value) && (column.scale === 'linear' || value > 0));
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (least > most) return { by: 'nothing' };
  return { by: 'metric', metric, ends: column.good === 'high' ? { good: most, bad: least } : { good: least, bad: most } };
}

export function paint(box: Box, graph: ModelGraph, colouring: Colouring): Paint {
  const plain: Paint = { badness: null, kinds: [], text: '' };
  if (colouring.by === 'nothing') return plain;
  if (colouring.by === 'kind') {
    const kinds = kindsOf(box, graph, colouring.kinds);
    return { ...plain, kinds, text: kinds.map(({ kind, count }) => (box.kind === 'block' ? `${kind.letter} ${count}` : kind.letter)).join(' ') };
  }
  const value = valueOf(box, graph, colouring.metric, colouring.ends);
  if (value === null) return { ...plain, text: box.kind === 'node' || box.kind === 'block' ? '–' : '' };
  return { ...plain, badness: badness(value, colouring.metric.column, colouring.ends), text: colouring.metric.column.format(value, true) };
}

/** The value of a node; of a block the worst in it, so that nothing bad hides in a closed one. */
export function valueOf(box: Box, graph: ModelGraph, { column, byNode }: NodeMetric, ends: { good: number; bad: number }): number | null {
  let worst: number | null = null;
  for (const position of box.members) {
    const node = graph.nodes[position];
    const value = node?.kind === 'node' ? byNode.get(node.name) : undefined;
    if (value === undefined) continue;
    if (worst === null || worse(value, worst, column, ends)) worst = value;
  }
  return worst;
}

/** Beyond the ends every value has the same colour; there the value itself decides. */
function worse(a: number, b: number, column: HeatmapColumn, ends: { good: number; bad: number }): boolean {
  const difference = badness(a, column, ends) - badness(b, column, ends);
  return difference > 0 || (difference === 0 && (column.good === 'high' ? a < b : a > b));
}

function kindsOf(box: Box, graph: ModelGraph, { kinds, byNode }: NodeKinds): Paint['kinds'] {
  const counts = new Map<string, number>();
  for (const position of box.members) {
    const node = graph.nodes[position];
    const key = node?.kind === 'node' ? byNode.get(node.name) : undefined;
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return kinds.flatMap((kind) => (counts.has(kind.key) ? [{ kind, count: counts.get(kind.key) ?? 0 }] : [])).sort((a, b) => b.count - a.count);
}

/** A box in words, with its number: what a screen reader hears and the line below the graph shows. */
export function describe(box: Box, graph: ModelGraph, colouring: Colouring): { name: string; text: string } {
  const name = box.kind === 'block' ? `${box.title} (${box.detail})` : box.detail;
  const what = { node: box.title, input: 'input of the model', output: 'output of the model', block: 'closed block' }[box.kind];
  if (colouring.by === 'nothing' || box.kind === 'input' || box.kind === 'output') return { name, text: what };
  if (colouring.by === 'kind') {
    const kinds = kindsOf(box, graph, colouring.kinds);
    const said = kinds.map(({ kind, count }) => (box.kind === 'block' ? `${number(count)} ${kind.title}` : kind.title)).join(', ');
    return { name, text: `${what} · ${said || `${colouring.kinds.title} not known`}` };
  }
  const { column, unknown, bright } = colouring.metric;
  const value = valueOf(box, graph, colouring.metric, colouring.ends);
  const said = value === null ? `– (${unknown})` : `${box.kind === 'block' ? `at ${bright === 'bad' ? 'worst' : 'most'} ` : ''}${column.format(value, false)}`;
  return { name, text: `${what} · ${column.title} ${said}` };
}
