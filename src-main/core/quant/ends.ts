import type { ElementType, Graph, Model, Node, TensorInfo } from '../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../onnx/names.ts';
import { renameReads } from '../onnx/passes/rename.ts';
import { byteLengthOf } from '../onnx/tensor.ts';
import { castNode, codesMadeWith, codesReadWith, linearNode } from './code-names.ts';
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
      const codes = CODES.has(info.type) ? codesReadWith(info.name, this.view) : null;
      if (!codes) return info;
      const zeroPoint = codes.zeroPoint || this.zero(info, codes.scale);
      this.first.push(linearNode('QuantizeLinear', this.nodeName('QuantizeLinear', info.name), info.name, this.rename(info), { ...codes, zeroPoint }));
    }
    return { ...info, type: 'float32' };
  }

  private output(info: TensorInfo): TensorInfo {
    if (!this.view.producers.has(info.name)) return info;
    if (info.type === 'float16') {
      this.last.push(this.cast(this.rename(info), info.name, 'float32', info.name));
    } else {
      const codes = CODES.has(info.type) ? codesMadeWith(info.name, this.view) : null;
      if (!codes) return info;
      this.last.push(linearNode('DequantizeLinear', this.nodeName('DequantizeLinear', info.name), this.rename(info), info.name, codes));
    }
    return { ...info, type: 'float32' };
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
    return castNode(this.nodeName('Cast', of), input, output, to);
  }

  private nodeName(op: string, of: string): string {
    return freshName(`${of}_${op}`, this.takenNodes);
  }
}
