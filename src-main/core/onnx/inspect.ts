import type { ModelReport, NodeRow } from '../../contract/model.ts';
import { intAttribute, tensorAttribute } from './attributes.ts';
import { isFloat } from './element-types.ts';
import { fixInputShapes } from './fix-shapes.ts';
import type { Dim, Graph, Model, Node, Tensor } from './graph.ts';
import { macsOf } from './macs.ts';
import { opsetOf } from './opset.ts';
import { problemsOf } from './problems.ts';
import { dataInputs, quantizationKind } from './kind.ts';
import { inferShapes } from './shapes.ts';
import { elementCount } from './tensor.ts';

/**
 * What a model is made of and what is odd about it, without running it. Multiply-accumulates are for a batch of one: a dynamic first dimension counts
 * as 1, a fixed one is divided by.
 */
export function inspectModel(model: Model): Omit<ModelReport, 'file' | 'runtime' | 'audit'> {
  const graph = inferShapes(model.graph, opsetOf(model));
  const constants = constantsOf(graph);
  const macs = macsForOne(model);
  const nodes = graph.nodes.map((node, index): NodeRow => {
    const output = graph.values.get(node.outputs[0] ?? '');
    const parameters = parametersOf(node, constants).reduce((sum, tensor) => sum + elementCount(tensor.dims), 0);
    const { name, op, domain } = node;
    const [inputs, outputs] = [node.inputs.filter(Boolean), node.outputs.filter(Boolean)];
    const [type, shape] = [output?.type ?? 'other', output?.shape ?? null];
    return {
      index,
      name,
      op,
      domain,
      inputs,
      outputs,
      type,
      shape,
      parameters,
      macs: macs(node),
      ...(isDepthwise(node, constants) ? { depthwise: true } : {}),
    };
  });
  const weights = new Set(graph.nodes.flatMap((node) => parametersOf(node, constants)));
  const operators = Map.groupBy(graph.nodes, (node) => `${node.domain}::${node.op}`);
  return {
    graphName: graph.name,
    producer: model.producer,
    irVersion: model.irVersion,
    opsets: [...model.opsets].map(([domain, version]) => ({ domain, version })),
    inputs: graph.inputs,
    outputs: graph.outputs,
    parameters: [...weights].reduce((sum, tensor) => sum + elementCount(tensor.dims), 0),
    macs: nodes.reduce<number | null>((sum, row) => (sum === null || row.macs === null ? null : sum + row.macs), 0),
    operators: [...operators.values()]
      .map((same) => ({ op: (same[0] as Node).op, domain: (same[0] as Node).domain, count: same.length }))
      .sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1)),
    nodes,
    quantization: quantizationKind(graph),
    problems: problemsOf({ ...model, graph }),
  };
}

function isDepthwise(node: Node, constants: Map<string, Tensor>): boolean {
  const dims = node.op === 'Conv' && node.domain === '' ? constants.get(node.inputs[1] ?? '')?.dims : undefined;
  return dims !== undefined && dims[1] === 1 && intAttribute(node, 'group', 1) > 1;
}

/** Constants, whether they are kept as such or made by a node. */
function constantsOf(graph: Graph): Map<string, Tensor> {
  const constants = new Map(graph.constants);
  for (const node of graph.nodes) {
    const tensor = node.op === 'Constant' && node.domain === '' ? tensorAttribute(node, 'value') : undefined;
    if (tensor) constants.set(node.outputs[0] as string, tensor);
  }
  return constants;
}

function parametersOf(node: Node, constants: Map<string, Tensor>): Tensor[] {
  const tensors = dataInputs(node).map((index) => constants.get(node.inputs[index] ?? ''));
  const counts = (tensor: Tensor | undefined): tensor is Tensor => tensor !== undefined && (isFloat(tensor.type) || quantizedWeights.has(node.op));
  return tensors.filter(counts);
}

/** Operators whose weights are integers. */
const quantizedWeights = new Set(['DequantizeLinear', 'QLinearConv', 'QLinearMatMul', 'QGemm', 'ConvInteger', 'MatMulInteger', 'QLinearAdd', 'QLinearMul']);

function macsForOne(model: Model): (node: Node) => number | null {
  // The first of two or more dimensions is the batch; a single dimension is the data itself.
  const open = model.graph.inputs.filter(
    ({ shape }) => shape && shape.length > 1 && typeof shape[0] !== 'number' && shape.slice(1).every((dim) => typeof dim === 'number'),
  );
  const { graph } = fixInputShapes(model, new Map(open.map(({ name, shape }) => [name, [1, ...(shape as number[]).slice(1)]])));
  const batches = new Set(graph.inputs.filter(({ shape }) => shape?.length === 4).map(({ shape }) => shape?.[0] as Dim));
  const [only] = batches;
  const batch = batches.size === 1 && typeof only === 'number' && only > 1 ? only : 1;
  const shapeOf = (name: string): readonly Dim[] | null => graph.constants.get(name)?.dims ?? graph.values.get(name)?.shape ?? null;
  return (node) => {
    const macs = macsOf(node, shapeOf);
    return macs === null ? null : macs / batch;
  };
}
