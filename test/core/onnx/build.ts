import type { Attribute, Graph, Model, Node, Tensor, TensorInfo } from '../../../src-main/core/onnx/graph.ts';

type Plain = number | string | number[] | string[] | Tensor | Attribute;

/** Whole numbers become ints; write `{ kind: 'float', value: 1 }` for a float that is whole. */
function attributeOf(value: Plain): Attribute {
  if (typeof value === 'number') return Number.isInteger(value) ? { kind: 'int', value } : { kind: 'float', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if (Array.isArray(value)) {
    if (value.some((item) => typeof item === 'string')) return { kind: 'strings', value: value as string[] };
    const numbers = value as number[];
    return numbers.every(Number.isInteger) ? { kind: 'ints', value: numbers } : { kind: 'floats', value: numbers };
  }
  return 'kind' in value ? value : { kind: 'tensor', value };
}

/** A node named after its first output. */
export function node(op: string, inputs: string[], outputs: string[], attributes: Record<string, Plain> = {}, domain = ''): Node {
  const entries = Object.entries(attributes).map(([name, value]): [string, Attribute] => [name, attributeOf(value)]);
  return { name: `${op}:${outputs[0]}`, op, domain, inputs, outputs, attributes: new Map(entries) };
}

export interface Parts {
  nodes: Node[];
  inputs?: TensorInfo[];
  outputs?: TensorInfo[];
  constants?: Tensor[];
}

export function info(name: string, shape: TensorInfo['shape'] = null, type: TensorInfo['type'] = 'float32'): TensorInfo {
  return { name, type, shape };
}

/** Unless given: one float input x of shape [1, 3], one output y of unknown type and shape. */
export function graphOf(parts: Parts): Graph {
  const { nodes, inputs = [info('x', [1, 3])], outputs = [info('y', null, 'other')], constants = [] } = parts;
  const values = new Map([...inputs, ...outputs].map((value) => [value.name, value]));
  return { name: 'test', inputs, outputs, nodes, constants: new Map(constants.map((tensor) => [tensor.name, tensor])), values };
}

export function modelOf(parts: Parts, opset = 13, domains: Record<string, number> = {}): Model {
  return {
    irVersion: 8,
    producer: 'test',
    opsets: new Map([['', opset], ...Object.entries(domains)]),
    metadata: new Map(),
    graph: graphOf(parts),
    functions: [],
  };
}

export function constantOf(graph: Graph, name: string): Tensor {
  const tensor = graph.constants.get(name);
  if (!tensor) throw new Error(`no constant ${name}; there are ${[...graph.constants.keys()].join(', ')}`);
  return tensor;
}

export function nodeOf(graph: Graph, name: string): Node {
  const found = graph.nodes.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no node ${name}; there are ${graph.nodes.map((n) => n.name).join(', ')}`);
  return found;
}
