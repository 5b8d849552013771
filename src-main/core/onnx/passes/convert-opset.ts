import { CalibrantError } from '../../../contract/errors.ts';
import { floatAttribute, floatsAttribute, intAttribute, intsAttribute, stringAttribute, subgraphsOf, without } from '../attributes.ts';
import type { Attribute, Graph, Node, Tensor } from '../graph.ts';
import { freshName, namesDefinedIn } from '../names.ts';
import { inferShapes } from '../shapes.ts';
import { floatsOf, floatTensor, intTensor } from '../tensor.ts';

/** What a conversion may do besides replacing its node. */
interface Workshop {
  graph: Graph;
  opset: number;
  /** Keeps a constant under a name of its own and returns the name. */
  constant(wish: string, make: (name: string) => Tensor): string;
  fresh(wish: string): string;
}

/** The nodes that do in opset 13 what a node did before. */
type Conversion = (node: Node, workshop: Workshop) => Node[];

/** The version that older graphs are converted to: the first with per-channel DequantizeLinear. */
export const TARGET_OPSET = 13;

/**
 * A graph of opset 7 to 12 in the operators of opset 13.
 * @throws CalibrantError `model-unsupported-operator` for what has no counterpart
 */
export function convertOpset(graph: Graph, opset: number): Graph {
  if (opset >= TARGET_OPSET) return graph;
  const inferred = inferShapes(graph, opset);
  const taken = namesDefinedIn(graph);
  const constants = new Map(graph.constants);
  const workshop: Workshop = {
    graph: inferred,
    opset,
    fresh: (wish) => freshName(wish, taken),
    constant: (wish, make) => {
      const name = freshName(wish, taken);
      constants.set(name, make(name));
      return name;
    },
  };
  const nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== '') return [node];
    if (subgraphsOf(node).length > 0) throw refusal(node, `it has a graph of its own inside, which cannot be converted from opset ${opset}`);
    return CONVERSIONS[node.op]?.(node, workshop) ?? [node];
  });
  return { ...graph, nodes, constants };
}

function refusal(node: Node, reason: string): CalibrantError {
  const message = `Node ${node.name} (${node.op}) cannot be used: ${reason}; export the model with opset 13 or above.`;
  return new CalibrantError('model-unsupported-operator', message, { node: node.name, op: node.op });
}

/** An attribute with a list of integers becomes an input. */
const intsToInput =
  (attribute: string, index: number): Conversion =>
  (node, workshop) => {
    const values = intsAttribute(node, attribute);
    if (!values) return [node];
    const name = workshop.constant(`${node.name}_${attribute}`, (own) => intTensor(own, [values.length], values));
    return [{ ...node, inputs: withInput(node.inputs, index, name), attributes: without(node.attributes, attribute) }];
  };

function withInput(inputs: readonly string[], index: number, name: string): string[] {
  return Array.from({ length: Math.max(inputs.length, index + 1) }, (_, i) => (i === index ? name : (inputs[i] ?? '')));
}

function scalar(workshop: Workshop, wish: string, value: number): string {
  return workshop.constant(wish, (name) => floatTensor(name, [], new Float32Array([value])));
}

const clip: Conversion = (node, workshop) => {
  if (workshop.opset >= 11) return [node];
  const bound = (name: 'min' | 'max'): string => (node.attributes.has(name) ? scalar(workshop, `${node.name}_${name}`, floatAttribute(node, name, 0)) : '');
  const inputs = [node.inputs[0] as string, bound('min'), bound('max')];
  return [{ ...node, inputs, attributes: without(node.attributes, 'min', 'max') }];
};

const pad: Conversion = (node, workshop) => {
  if (workshop.opset >= 11) return [node];
  const pads = intsAttribute(node, 'pads') ?? [];
  const value = floatAttribute(node, 'value', 0);
  const inputs = [node.inputs[0] as string, workshop.constant(`${node.name}_pads`, (name) => intTensor(name, [pads.length], pads))];
  if (value !== 0) inputs.push(scalar(workshop, `${node.name}_value`, value));
  return [{ ...node, inputs, attributes: without(node.attributes, 'pads', 'value') }];
};

const slice: Conversion = (node, workshop) => {
  if (workshop.opset >= 10) return [node];
  const starts = intsAttribute(node, 'starts') ?? [];
  const parts = { starts, ends: intsAttribute(node, 'ends') ?? [], axes: intsAttribute(node, 'axes') ?? starts.map((_start, i) => i) };
  const names = Object.entries(parts).map(([part, values]) => workshop.constant(`${node.name}_${part}`, (name) => intTensor(name, [values.length], values)));
  return [{ ...node, inputs: [node.inputs[0] as string, ...names], attributes: without(node.attributes, 'starts', 'ends', 'axes') }];
};

const topK: Conversion = (node, workshop) => {
  if (workshop.opset >= 10) return [node];
  const k = workshop.constant(`${node.name}_k`, (name) => intTensor(name, [1], [intAttribute(node, 'k', 1)]));
  return [{ ...node, inputs: [node.inputs[0] as string, k], attributes: without(node.attributes, 'k') }];
};

/** At inference a Dropout passes its input on, whatever its ratio. */
const dropout: Conversion = (node) => [{ ...node, inputs: node.inputs.slice(0, 1), attributes: without(node.attributes, 'ratio', 'seed') }];

/** Statistics per element instead of per channel went out with opset 9, the outputs for training with 14. */
const batchNormalization: Conversion = (node) => {
  if (intAttribute(node, 'spatial', 1) === 0) throw refusal(node, 'it normalizes every element for itself (spatial = 0)');
  return [{ ...node, outputs: node.outputs.slice(0, 1), attributes: without(node.attributes, 'spatial', 'momentum') }];
};

/**
 * Upsample and Resize 10 multiply indices by the scale and, for the nearest neighbour, cut the fraction (ONNX Runtime rounds up where it shrinks).
 */
const resize: Conversion = (node, workshop) => {
  if (node.op === 'Resize' && workshop.opset >= 11) return [node];
  const scales = floatsAttribute(node, 'scales');
  const name = scales ? workshop.constant(`${node.name}_scales`, (own) => floatTensor(own, [scales.length], Float32Array.from(scales))) : node.inputs[1];
  const given = workshop.graph.constants.get(node.inputs[1] ?? '');
  const factors = scales ?? (given ? [...floatsOf(given)] : []);
  const shrinks = factors.some((factor) => factor < 1);
  if (shrinks && factors.some((factor) => factor > 1)) throw refusal(node, 'it enlarges one axis and shrinks another');
  const mode = stringAttribute(node, 'mode', 'nearest');
  const attributes = new Map<string, Attribute>([
    ['mode', { kind: 'string', value: mode === 'bilinear' ? 'linear' : mode }],
    ['coordinate_transformation_mode', { kind: 'string', value: 'asymmetric' }],
    ['nearest_mode', { kind: 'string', value: shrinks ? 'ceil' : 'floor' }],
  ]);
  return [{ ...node, op: 'Resize', inputs: [node.inputs[0] as string, '', name as string], attributes }];
};

/** Before opset 13 these treat their input as a matrix that is split at `axis` (1 by default), and work on its rows. */
const alongRows: Conversion = (node, workshop) => {
  const input = node.inputs[0] as string;
  const output = node.outputs[0] as string;
  const shape = workshop.graph.values.get(input)?.shape;
  const axis = intAttribute(node, 'axis', 1);
  const rank = shape?.length;
  const split = rank !== undefined && axis < 0 ? axis + rank : axis;
  const along = (value: number): Map<string, Attribute> => new Map([['axis', { kind: 'int', value }]]);
  // Where all behind the axis has size 1, the row is the axis.
  if (shape && shape.slice(split + 1).every((dim) => dim === 1)) return [{ ...node, attributes: along(split) }];
  const [rows, result, target] = ['rows', 'result', 'target'].map((wish) => workshop.fresh(`${output}_${wish}`)) as [string, string, string];
  const helper = (op: string, inputs: string[], outputs: string[], attributes = new Map<string, Attribute>()): Node => ({
    name: `${node.name}_${op}`,
    op,
    domain: '',
    inputs,
    outputs,
    attributes,
  });
  return [
    helper('Shape', [input], [target]),
    helper('Flatten', [input], [rows], along(axis)),
    { ...node, inputs: [rows], outputs: [result], attributes: along(-1) },
    helper('Reshape', [result, target], [output]),
  ];
};

const CONVERSIONS: Record<string, Conversion> = {
  BatchNormalization: batchNormalization,
  Clip: clip,
  Dropout: dropout,
  Hardmax: alongRows,
  LogSoftmax: alongRows,
  Pad: pad,
  ReduceSum: intsToInput('axes', 1),
  Resize: resize,
  // Only the name is new.
  Scatter: (node) => [{ ...node, op: 'ScatterElements' }],
  Slice: slice,
  Softmax: alongRows,
  Split: intsToInput('split', 1),
  Squeeze: intsToInput('axes', 1),
  TopK: topK,
  Unsqueeze: intsToInput('axes', 1),
  Upsample: resize,
};
