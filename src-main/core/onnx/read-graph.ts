import { fromBinary } from '@bufbuild/protobuf';
import { CalibrantError } from '../../contract/errors.ts';
import { elementTypeOf } from './element-types.ts';
import type { Attribute, Dim, Graph, Node, Tensor, TensorInfo } from './graph.ts';
import { invalidModel } from './invalid.ts';
import { freshName, namesDefinedIn, namesReadBy } from './names.ts';
import { sortNodes } from './order.ts';
import { readTensor, type ExternalReader } from './read-tensor.ts';
import { AttributeProtoSchema, type AttributeProto, type GraphProto, type NodeProto, type ValueInfoProto } from './schema_pb.ts';

export interface ReadContext {
  external: ExternalReader | undefined;
  /** Receives the names of constants that are listed as inputs. */
  notes: string[];
}

/** No exporter nests deeper; a damaged file must not exhaust the stack. */
const DEEPEST_BODY = 16;

/** The graph of a model. @throws CalibrantError as `readModel` does */
export function readGraph(proto: GraphProto, context: ReadContext): Graph {
  const graph = readBody(proto, context, 0);
  checkNames(graph, []);
  return sorted(graph);
}

/** A graph as it is written; names are resolved from outside in, after everything is read. */
function readBody(proto: GraphProto, context: ReadContext, depth: number): Graph {
  if (depth > DEEPEST_BODY) throw invalidModel('its graphs are nested too deeply');
  if (proto.sparseInitializer.length > 0) {
    throw new CalibrantError('model-unsupported-type', 'The model has sparse constants, which Calibrant does not support; export it with dense weights.');
  }
  const constants = new Map<string, Tensor>();
  for (const [index, initializer] of proto.initializer.entries()) {
    const tensor = readTensor(initializer, context.external, `number ${index}`);
    if (tensor.name === '') throw invalidModel(`its constant number ${index} has no name`);
    if (constants.has(tensor.name)) throw invalidModel(`it has two constants named ${tensor.name}`, { constant: tensor.name });
    constants.set(tensor.name, tensor);
  }
  const inputs: TensorInfo[] = [];
  for (const input of proto.input) {
    if (constants.has(input.name)) context.notes.push(input.name);
    else inputs.push(readValue(input));
  }
  const outputs = proto.output.map(readValue);
  const values = new Map<string, TensorInfo>();
  for (const info of [...proto.valueInfo.map(readValue), ...outputs, ...inputs]) if (!constants.has(info.name)) values.set(info.name, info);

  const taken = new Set(proto.node.map((node) => node.name));
  const seen = new Set<string>();
  const nodes = proto.node.map((node, index) => {
    const name = node.name === '' || seen.has(node.name) ? freshName(node.name || `${node.opType}_${index}`, taken) : node.name;
    seen.add(name);
    return readNode(node, name, context, depth);
  });
  return { name: proto.name, inputs, outputs, nodes, constants, values };
}

function readNode(proto: NodeProto, name: string, context: ReadContext, depth: number): Node {
  if (proto.opType === '') throw invalidModel(`its node ${name} has no operator`, { node: name });
  const attributes = new Map<string, Attribute>();
  for (const encoded of proto.attribute) {
    const attribute = fromBinary(AttributeProtoSchema, encoded, { readUnknownFields: false });
    attributes.set(attribute.name, readAttribute(attribute, encoded, name, context, depth));
  }
  const domain = proto.domain === 'ai.onnx' ? '' : proto.domain;
  return { name, op: proto.opType, domain, inputs: proto.input, outputs: proto.output, attributes };
}

/** AttributeProto.type; files before IR version 2 leave it out, and the field that is set tells. */
function readAttribute(proto: AttributeProto, encoded: Uint8Array, node: string, context: ReadContext, depth: number): Attribute {
  const opaque: Attribute = { kind: 'opaque', value: encoded };
  if (proto.refAttrName !== '') return opaque;
  switch (proto.type || kindFromContent(proto)) {
    case 1:
      return { kind: 'float', value: proto.f ?? 0 };
    case 2:
      return { kind: 'int', value: Number(proto.i ?? 0n) };
    case 3: {
      const text = textOf(proto.s ?? new Uint8Array(0));
      return text === null ? opaque : { kind: 'string', value: text };
    }
    case 4:
      if (!proto.t) break;
      return { kind: 'tensor', value: readTensor(proto.t, context.external, `in attribute ${proto.name} of node ${node}`) };
    case 5:
      if (!proto.g) break;
      return { kind: 'graph', value: readBody(proto.g, context, depth + 1) };
    case 6:
      return { kind: 'floats', value: proto.floats };
    case 7:
      return { kind: 'ints', value: proto.ints.map(Number) };
    case 8: {
      const texts = proto.strings.map(textOf);
      return texts.includes(null) ? opaque : { kind: 'strings', value: texts as string[] };
    }
    default:
      return opaque;
  }
  throw invalidModel(`the attribute ${proto.name} of node ${node} is empty`, { node, attribute: proto.name });
}

function kindFromContent(proto: AttributeProto): number {
  if (proto.f !== undefined) return 1;
  if (proto.i !== undefined) return 2;
  if (proto.s !== undefined) return 3;
  if (proto.t) return 4;
  if (proto.g) return 5;
  if (proto.floats.length > 0) return 6;
  if (proto.ints.length > 0) return 7;
  return proto.strings.length > 0 ? 8 : 0;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** null for bytes that are no text. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

function readValue(proto: ValueInfoProto): TensorInfo {
  const tensor = proto.type?.tensorType;
  const shape = tensor?.shape?.dim.map(({ dimValue, dimParam }): Dim => {
    if (dimValue === undefined) return dimParam || null;
    if (dimValue > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidModel(`the tensor ${proto.name} has a dimension of ${dimValue}`, { tensor: proto.name });
    // Some exporters write -1 for a dimension that they do not know.
    return dimValue < 0n ? null : Number(dimValue);
  });
  return { name: proto.name, type: elementTypeOf(tensor?.elemType ?? 0), shape: shape ?? null };
}

/**
 * Every name is made exactly once, and everything that is read is made somewhere; bodies see the graphs around them.
 * @param outside names that the graphs around it make, each graph's set as it is: copies for thousands of bodies would take minutes
 */
function checkNames(graph: Graph, outside: readonly ReadonlySet<string>[]): void {
  const made = new Set<string>(graph.constants.keys());
  const make = (name: string, by: string): void => {
    if (made.has(name)) throw invalidModel(`the tensor ${name} is made twice, the second time by ${by}`, { tensor: name });
    made.add(name);
  };
  for (const input of graph.inputs) make(input.name, 'an input of the graph');
  for (const node of graph.nodes) for (const output of node.outputs) if (output) make(output, `node ${node.name}`);
  const scopes = [made, ...outside];
  const visible = (name: string): boolean => scopes.some((names) => names.has(name));
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name && !visible(name)) throw invalidModel(`node ${node.name} (${node.op}) reads the tensor ${name}, which nothing makes`, { node: node.name });
    }
    for (const attribute of node.attributes.values()) if (attribute.kind === 'graph') checkNames(attribute.value, scopes);
  }
  for (const output of graph.outputs) {
    if (!visible(output.name)) throw invalidModel(`its output ${output.name} is made by nothing`, { tensor: output.name });
  }
}

/** With nodes in an order in which they can run, bodies included. */
function sorted(graph: Graph): Graph {
  const own = namesDefinedIn(graph);
  const nodes = graph.nodes.map((node): Node => {
    if (![...node.attributes.values()].some((attribute) => attribute.kind === 'graph')) return node;
    const attributes = [...node.attributes].map(([name, attribute]): [string, Attribute] => [
      name,
      attribute.kind === 'graph' ? { kind: 'graph', value: sorted(attribute.value) } : attribute,
    ]);
    return { ...node, attributes: new Map(attributes) };
  });
  return { ...graph, nodes: sortNodes(nodes, (node) => [...namesReadBy(node)].filter((name) => own.has(name))) };
}
