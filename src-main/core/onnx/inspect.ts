import type { ModelReport, NodeRow } from '../../contract/model.ts';
import { isFloat } from './element-types.ts';
import type { Graph, Model, Node } from './graph.ts';
import { quantizationKind } from './kind.ts';
import { macsOf } from './macs.ts';
import { modelProblems } from './problems.ts';
import { inferShapes } from './shapes.ts';
import { elementCount } from './tensor.ts';

/** What can be said of a model without running it. The model is as read from its file; shapes are inferred here. */
export function inspectModel(model: Model): Omit<ModelReport, 'file' | 'runtime'> {
  const graph = inferShapes(model.graph, model.opsets.get('') ?? 0);
  const nodes = graph.nodes.map((node, index) => rowOf(node, index, graph));
  return {
    graphName: graph.name,
    producer: model.producer,
    irVersion: model.irVersion,
    opsets: [...model.opsets].map(([domain, version]) => ({ domain, version })),
    inputs: graph.inputs,
    outputs: graph.outputs,
    parameters: parametersOf([...graph.constants.keys()], graph),
    macs: nodes.reduce<number | null>((sum, { macs }) => (sum === null || macs === null ? null : sum + macs), 0),
    operators: operatorCounts(graph),
    nodes,
    quantization: quantizationKind(graph),
    problems: modelProblems({ ...model, graph }),
  };
}

function rowOf(node: Node, index: number, graph: Graph): NodeRow {
  const output = graph.values.get(node.outputs[0] ?? '');
  return {
    index,
    name: node.name,
    op: node.op,
    domain: node.domain,
    inputs: node.inputs.filter((name) => name !== ''),
    outputs: node.outputs.filter((name) => name !== ''),
    type: output?.type ?? 'other',
    shape: output?.shape ?? null,
    parameters: parametersOf(node.inputs, graph),
    macs: macsOf(node, graph),
  };
}

/** Elements of those constants that are numbers a training has found: float, or integers of a quantized model; shapes and indices (int64) are not. */
function parametersOf(names: readonly string[], graph: Graph): number {
  let sum = 0;
  for (const name of new Set(names)) {
    const tensor = graph.constants.get(name);
    if (tensor && (isFloat(tensor.type) || ['int8', 'uint8', 'int32', 'int4', 'uint4'].includes(tensor.type))) sum += elementCount(tensor.dims);
  }
  return sum;
}

function operatorCounts({ nodes }: Graph): ModelReport['operators'] {
  const counts = new Map<string, ModelReport['operators'][number]>();
  for (const { op, domain } of nodes) {
    const key = `${domain}:${op}`;
    counts.set(key, { op, domain, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.op.localeCompare(b.op));
}
