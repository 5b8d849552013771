import { codeOf } from '../onnx/element-types.ts';
import type { Attribute, ElementType, Graph, Model, Node, TensorInfo } from '../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../onnx/names.ts';
import { renameReads } from '../onnx/passes/rename.ts';
import { byteLengthOf } from '../onnx/tensor.ts';
import { floatForm, passesCodes } from './existing/integer-operators.ts';
import { viewGraph, type GraphView } from './view.ts';

/**
 * Gives a quantized model float32 inputs and outputs again, so that it can be compared with the float model that it was made of: QuantizeLinear behind an
 * input of codes and DequantizeLinear before an output of codes, with the parameters that the model itself has for them; Cast at an end of half precision.
 * Ends keep their names, codes get new ones. What has no parameters (indices, images that are cast) stays as it is; a model without such ends comes back
 * itself.
 */
export function withFloatEnds(model: Model): Model {
  const graph = new EndWriter(model.graph).write();
  return graph ? { ...model, graph } : model;
}

/** Names of the parameters that codes are read and written with, as the inputs of QuantizeLinear and DequantizeLinear. */
interface CodeNames {
  scale: string;
  /** '' for 0. */
  zeroPoint: string;
  domain: string;
  attributes: Map<string, Attribute>;
}

const CODES: ReadonlySet<ElementType> = new Set<ElementType>(['int8', 'uint8', 'int16', 'uint16']);

class EndWriter {
  private readonly graph: Graph;
  private readonly view: GraphView;
  private readonly taken: Set<string>;
  private readonly takenNodes: Set<string>;
  private readonly values: Graph['values'];
  private readonly constants: Graph['constants'];
  /** What the graph around it is called → its new name inside. */
  private readonly inside = new Map<string, string>();
  private readonly first: Node[] = [];
  private readonly last: Node[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
    this.view = viewGraph(graph);
    this.taken = namesDefinedIn(graph);
    this.takenNodes = new Set(graph.nodes.map((node) => node.name));
    this.values = new Map(graph.values);
    this.constants = new Map(graph.constants);
  }

  /** null where nothing is to be changed. */
  write(): Graph | null {
    const inputs = this.graph.inputs.map((info) => this.input(info));
    const outputs = this.graph.outputs.map((info) => this.output(info));
    if (this.inside.size === 0) return null;
    const nodes = this.graph.nodes.map((node) => ({
      ...renameReads(node, this.inside),
      outputs: node.outputs.map((name) => this.inside.get(name) ?? name),
    }));
    return { ...this.graph, inputs, outputs, nodes: [...this.first, ...nodes, ...this.last], constants: this.constants, values: this.values };
  }

  private input(info: TensorInfo): TensorInfo {
    // An input that is an output, too, cannot be both in codes and in float.
    if (this.view.outputs.has(info.name)) return info;
    if (info.type === 'float16') {
      this.first.push(this.cast(info.name, this.rename(info), 'float16'));
    } else {
      const codes = CODES.has(info.type) ? this.parametersBehind(info.name) : null;
      if (!codes) return info;
      const zeroPoint = codes.zeroPoint || this.zero(info, codes.scale);
      this.first.push(this.linear('QuantizeLinear', info.name, [info.name, codes.scale, zeroPoint], this.rename(info), codes));
    }
    return { ...info, type: 'float32' };
  }

  private output(info: TensorInfo): TensorInfo {
    if (!this.view.producers.has(info.name)) return info;
    if (info.type === 'float16') {
      this.last.push(this.cast(this.rename(info), info.name, 'float32', info.name));
    } else {
      const codes = CODES.has(info.type) ? this.parametersBefore(info.name) : null;
      if (!codes) return info;
      this.last.push(this.linear('DequantizeLinear', info.name, [this.rename(info), codes.scale, codes.zeroPoint], info.name, codes));
    }
    return { ...info, type: 'float32' };
  }

  /** The parameters that somebody reads the codes with. */
  private parametersBehind(name: string): CodeNames | null {
    for (const node of this.view.consumers.get(name) ?? []) {
      const found = this.readBy(node, name) ?? (passesCodes(node) && node.inputs[0] === name ? this.parametersBehind(node.outputs[0] as string) : null);
      if (found) return found;
    }
    return null;
  }

  private readBy(node: Node, name: string): CodeNames | null {
    if (node.op === 'DequantizeLinear' && node.inputs[0] === name) return this.named(node, 1, 2, node.domain);
    const triple = floatForm(node)?.inputs.find(([codes, scale]) => scale !== undefined && node.inputs[codes] === name);
    return triple ? this.named(node, triple[1] as number, triple[2] as number) : null;
  }

  /** The parameters that the codes were made with. */
  private parametersBefore(name: string): CodeNames | null {
    const node = this.view.producers.get(name);
    if (!node) return this.parametersBehind(name);
    if (node.op === 'QuantizeLinear') return this.named(node, 1, 2, node.domain);
    const scale = floatForm(node)?.output;
    if (typeof scale === 'number') return this.named(node, scale, scale + 1);
    return passesCodes(node) ? this.parametersBefore(node.inputs[0] as string) : null;
  }

  private named(node: Node, scale: number, zeroPoint: number, domain = ''): CodeNames | null {
    const tensor = this.view.constant(node.inputs[scale]);
    if (tensor?.type !== 'float32') return null;
    const attributes = new Map([...node.attributes].filter(([key]) => tensor.dims.length > 0 && (key === 'axis' || key === 'block_size')));
    return { scale: tensor.name, zeroPoint: node.inputs[zeroPoint] ?? '', domain, attributes };
  }

  /** QuantizeLinear makes what type its zero point has, and uint8 without one. */
  private zero({ name, type }: TensorInfo, scale: string): string {
    const dims = this.graph.constants.get(scale)?.dims ?? [];
    const bytes = new Uint8Array(byteLengthOf(type, dims) ?? 0);
    const zero = { name: freshName(`${name}_zero_point`, this.taken), type, dims, bytes };
    this.constants.set(zero.name, zero);
    return zero.name;
  }

  private rename({ name, type, shape }: TensorInfo): string {
    const inner = freshName(`${name}_${type === 'float16' ? 'float16' : 'quantized'}`, this.taken);
    this.inside.set(name, inner);
    this.values.set(inner, { name: inner, type, shape });
    this.values.delete(name);
    return inner;
  }

  private cast(input: string, output: string, to: ElementType, of = input): Node {
    return this.node('Cast', of, [input], output, '', new Map([['to', { kind: 'int', value: codeOf(to) }]]));
  }

  private linear(op: string, of: string, inputs: string[], output: string, { domain, attributes }: CodeNames): Node {
    return this.node(op, of, inputs[2] === '' ? inputs.slice(0, 2) : inputs, output, domain, attributes);
  }

  private node(op: string, of: string, inputs: string[], output: string, domain: string, attributes: Node['attributes']): Node {
    return { name: freshName(`${of}_${op}`, this.takenNodes), op, domain, inputs, outputs: [output], attributes };
  }
}
