import type { ChartTable } from '../charts/csv.ts';
import { columnHead } from '../charts/heatmap.ts';
import { blocksAround, type Block } from './blocks.ts';
import type { NodeKinds, NodeMetric } from './colouring.ts';
import type { ModelGraph } from './model-graph.ts';

/** The numbers behind the graph: every node in its order, with its blocks and everything that it can be coloured by. */
export function graphTable(graph: ModelGraph, root: Block, metrics: readonly NodeMetric[], kinds: readonly NodeKinds[]): ChartTable {
  const rows = graph.nodes.flatMap((node, position) =>
    node.kind === 'node'
      ? [
          [
            node.name,
            node.op,
            blocksAround(root, position)
              .map(({ title }) => title)
              .join(' › '),
            ...kinds.map(({ kinds: all, byNode }) => all.find(({ key }) => key === byNode.get(node.name))?.title ?? null),
            ...metrics.map(({ byNode }) => byNode.get(node.name) ?? null),
          ],
        ]
      : [],
  );
  return { columns: ['node', 'operator', 'block', ...kinds.map(({ title }) => title), ...metrics.map(({ column }) => columnHead(column))], rows };
}
