import { subgraphsOf } from '../attributes.ts';
import { arithmeticEvaluators } from '../evaluate/arithmetic.ts';
import type { Evaluation } from '../evaluate/evaluator.ts';
import { layoutEvaluators } from '../evaluate/layout.ts';
import type { Node, Tensor } from '../graph.ts';
import { quantizationOf } from '../kind.ts';
import { isConcrete, type Known, type Site } from '../shapes/site.ts';
import { smallIntegers } from '../shapes/values.ts';
import { startInference } from '../shapes.ts';
import { byteLengthOf, intTensor, isIntegerType } from '../tensor.ts';
import type { Pass } from './pass.ts';

const EVALUATORS = new Map(Object.entries({ ...arithmeticEvaluators, ...layoutEvaluators }));

/** Bytes by which folding may make a model grow: a few small numbers can describe gigabytes (Expand, Tile, Range). */
const GROWTH = 16 * 2 ** 20;

/**
 * Nodes that only depend on constants become constants, and so do integers that follow from static shapes (Shape, Gather, Concat of them).
 * What the file states of shapes is not relied on. Nodes that make outputs of the graph stay.
 */
export const foldConstants: Pass = (graph, { opset, note }) => {
  const constants = new Map(graph.constants);
  const inference = startInference(graph, opset);
  const kept = new Set(graph.outputs.map((output) => output.name));
  let room = GROWTH;
  const stuck: Node[] = [];
  const nodes = graph.nodes.filter((node) => {
    const known = inference.infer(node);
    if (node.domain !== '' || subgraphsOf(node).length > 0 || node.outputs.some((output) => kept.has(output))) return true;
    const tensors = fromShapes(node, known) ?? evaluated(node, known, constants, opset, room);
    if (!tensors) {
      const constant = node.inputs.length > 0 && node.inputs.every((name) => name === '' || constants.has(name));
      if (constant && !quantizationOf(node)) stuck.push(node);
      return true;
    }
    room -= Math.max(0, bytesIn(tensors) - bytesIn(node.inputs.map((name) => constants.get(name))));
    for (const tensor of tensors) {
      constants.set(tensor.name, tensor);
      inference.addConstant(tensor);
    }
    return false;
  });
  if (stuck[0]) {
    const message = `Nodes that only depend on constants, but are not computed beforehand, since Calibrant cannot, or they would blow the model up: ${stuck.length}, the first is ${stuck[0].name} (${stuck[0].op}).`;
    note('prepared-not-computed', message, stuck[0].name);
  }
  const count = graph.nodes.length - nodes.length;
  if (count === 0) return graph;
  note('prepared-graph', `Nodes computed beforehand, since they only depend on constants or on static shapes: ${count}.`);
  return { ...graph, nodes, constants };
};

function bytesIn(tensors: readonly (Tensor | undefined)[]): number {
  return tensors.reduce((sum, tensor) => sum + (tensor?.bytes.length ?? 0), 0);
}

/** Integers that inference has followed through shapes, although the tensor whose shape it is may not be constant. */
function fromShapes(node: Node, known: Known[]): Tensor[] | null {
  if (node.outputs.length !== 1) return null;
  const { type, shape, value } = known[0] as Known;
  if (!value || !shape || !isConcrete(value) || !isConcrete(shape) || !isIntegerType(type)) return null;
  const count = shape.reduce((a, b) => a * b, 1);
  return count === value.length ? [intTensor(node.outputs[0] as string, shape, value, type)] : null;
}

function evaluated(node: Node, known: Known[], constants: Map<string, Tensor>, opset: number, room: number): Tensor[] | null {
  const evaluator = EVALUATORS.get(node.op);
  const inputs = node.inputs.map((name) => constants.get(name));
  if (!evaluator || inputs.length === 0 || node.inputs.some((name, i) => name !== '' && !inputs[i])) return null;
  const outputs: Evaluation['outputs'] = [];
  let size = 0;
  for (const { type, shape } of known) {
    if (!shape || !isConcrete(shape)) return null;
    const bytes = byteLengthOf(type, shape);
    if (bytes === null) return null;
    size += bytes;
    outputs.push({ type, dims: shape });
  }
  if (size > bytesIn(inputs) + room) return null;
  const site: Site = {
    node,
    opset,
    input: (index) => {
      const tensor = inputs[index];
      return tensor ? { type: tensor.type, shape: tensor.dims, ...smallIntegers(tensor) } : null;
    },
    constant: (index) => inputs[index],
    body: () => [],
  };
  const results = evaluator({ site, inputs, outputs });
  // A node that contradicts itself, such as a Reshape to another size, is the runtime's to refuse.
  if (!results || outputs.some(({ type, dims }, i) => results[i]?.length !== byteLengthOf(type, dims))) return null;
  return node.outputs.flatMap((name, i) => {
    const { type, dims } = outputs[i] as Evaluation['outputs'][number];
    return name ? [{ name, type, dims, bytes: results[i] as Uint8Array }] : [];
  });
}
