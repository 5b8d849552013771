import type { ModelReport, NodeRow } from '../../../src-main/contract/model.ts';
import { count } from '../../components/format.ts';
import { GLOSSARY } from '../../components/glossary.ts';
import type { NodeMetric } from '../../graph/colouring.ts';

/** What the graph of a model that was not quantized yet can show: where the work is, and where the weights are. */
export function modelMetrics({ nodes }: Pick<ModelReport, 'nodes'>): NodeMetric[] {
  const metric = (key: string, title: string, hint: string, unknown: string, of: (node: NodeRow) => number | null): NodeMetric => ({
    column: { key, title, unit: '', hint, good: 'low', scale: 'log', format: (value) => count(value) },
    // Nothing is to be seen of the nodes without any.
    byNode: new Map(nodes.flatMap((node) => (of(node) ? [[node.name, of(node) ?? 0] as const] : []))),
    unknown,
    bright: 'much',
  });
  return [
    metric('macs', 'MACs', GLOSSARY.MACs, 'none, or its shapes are not known', ({ macs }) => macs),
    metric('parameters', 'Parameters', GLOSSARY.parameters, 'none', ({ parameters }) => parameters),
  ];
}
