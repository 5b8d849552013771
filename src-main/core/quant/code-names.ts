import { codeOf } from '../onnx/element-types.ts';
import type { Attribute, ElementType, Node } from '../onnx/graph.ts';
import { floatForm, passesCodes } from './existing/integer-operators.ts';
import type { GraphView } from './view.ts';

/** Names of the parameters that codes are read and written with, as the inputs of QuantizeLinear and DequantizeLinear. */
export interface CodeNames {
  scale: string;
  /** '' for 0. */
  zeroPoint: string;
  domain: string;
  attributes: Map<string, Attribute>;
}

/** The parameters that somebody reads the codes with; null where nobody does, or with a scale that is computed at run time. */
export function codesReadWith(name: string, view: GraphView): CodeNames | null {
  for (const node of view.consumers.get(name) ?? []) {
    const passed = passesCodes(node) && node.inputs[0] === name;
    const found = readBy(node, name, view) ?? (passed ? codesReadWith(node.outputs[0] as string, view) : null);
    if (found) return found;
  }
  return null;
}

function readBy(node: Node, name: string, view: GraphView): CodeNames | null {
  if (node.op === 'DequantizeLinear' && node.inputs[0] === name) return named(node, 1, 2, view, node.domain);
  const triple = floatForm(node)?.inputs.find(([codes, scale]) => scale !== undefined && node.inputs[codes] === name);
  return triple ? named(node, triple[1] as number, triple[2] as number, view) : null;
}

/** The parameters that the codes were made with; null for a tensor that is no codes, or whose scale is computed at run time. */
export function codesMadeWith(name: string, view: GraphView): CodeNames | null {
  const node = view.producers.get(name);
  if (!node) return codesReadWith(name, view);
  if (node.op === 'QuantizeLinear') return named(node, 1, 2, view, node.domain);
  const scale = floatForm(node)?.output;
  if (typeof scale === 'number') return named(node, scale, scale + 1, view);
  return passesCodes(node) ? codesMadeWith(node.inputs[0] as string, view) : null;
}

function named(node: Node, scale: number, zeroPoint: number, view: GraphView, domain = ''): CodeNames | null {
  const tensor = view.constant(node.inputs[scale]);
  if (tensor?.type !== 'float32') return null;
  const attributes = new Map([...node.attributes].filter(([key]) => tensor.dims.length > 0 && (key === 'axis' || key === 'block_size')));
  return { scale: tensor.name, zeroPoint: node.inputs[zeroPoint] ?? '', domain, attributes };
}

/** A QuantizeLinear or DequantizeLinear with these parameters. */
export function linearNode(op: 'QuantizeLinear' | 'DequantizeLinear', name: string, input: string, output: string, codes: CodeNames): Node {
  const { scale, zeroPoint, domain, attributes } = codes;
  return { name, op, domain, inputs: zeroPoint === '' ? [input, scale] : [input, scale, zeroPoint], outputs: [output], attributes };
}

export function castNode(name: string, input: string, output: string, to: ElementType): Node {
  return { name, op: 'Cast', domain: '', inputs: [input], outputs: [output], attributes: new Map([['to', { kind: 'int', value: codeOf(to) }]]) };
}
