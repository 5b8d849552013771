import type { PlanPreview } from '../../contract/results.ts';
import type { Graph, Node, Tensor } from '../onnx/graph.ts';
import type { Plan } from './types.ts';

/** Bytes that an encoded constant or node needs beside its names and data. */
const FRAME = 16;
/** Two nodes, their attributes and the names between them, without the tensor's own name, which is written about eight times. */
const PAIR = 180;

/** What follows from a recipe before any image is touched. Sizes are estimates of the written files. */
export function planPreview(plan: Plan): PlanPreview {
  const float = graphBytes(plan.prepared.graph);
  const weights = plan.weights.reduce((sum, { name, scheme }) => {
    const tensor = plan.model.graph.constants.get(name) as Tensor;
    const scales = scheme.axis === null ? 1 : (tensor.dims[scheme.axis] as number);
    return sum + tensor.bytes.length / 4 + scales * 5 + PAIR / 2 + 4 * name.length - tensor.bytes.length;
  }, 0);
  const perChannel = new Map(plan.weights.map(({ name, scheme }) => [name, scheme.axis !== null]));
  const biases = plan.biases.reduce((sum, { name, weight, channels }) => sum + (perChannel.get(weight) ? channels : 1) * 8 + PAIR / 2 + 4 * name.length, 0);
  const pairs = plan.activations.reduce((sum, { name }) => sum + PAIR + 8 * name.length, 0);
  return {
    nodes: {
      integer: plan.placements.filter(({ placement }) => placement === 'integer').length,
      float: plan.placements.filter(({ placement }) => placement === 'float').length,
    },
    placements: plan.placements,
    sizeBytes: { float, estimated: Math.round(graphBytes(plan.model.graph) + weights + biases + pairs) },
    warnings: plan.warnings,
  };
}

function graphBytes(graph: Graph): number {
  const constants = [...graph.constants.values()].reduce((sum, { name, bytes }) => sum + bytes.length + name.length + FRAME, 0);
  return constants + graph.nodes.reduce((sum, node) => sum + nodeBytes(node), 0);
}

function nodeBytes(node: Node): number {
  const names = [node.name, node.op, ...node.inputs, ...node.outputs].reduce((sum, name) => sum + name.length + 2, 0);
  return names + FRAME * (1 + node.attributes.size);
}
