import type { Graph, Model, Node } from '../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../onnx/names.ts';
import { opsetOf } from '../onnx/opset.ts';
import { inferShapes } from '../onnx/shapes.ts';
import { floatTensor } from '../onnx/tensor.ts';
import { castNode, codesMadeWith, linearNode, type CodeNames } from './code-names.ts';
import type { Bounds } from './operators.ts';
import { viewGraph, type GraphView } from './view.ts';

/** A tensor of the float model as a quantized model has it. */
export interface Reading {
  /** Its values in float32. */
  tensor: string;
  /** The DequantizeLinear that makes them; null where they are no codes. */
  dequantize: Node | null;
}

/**
 * Where a quantized model has the tensors of its float model, whatever form it is in: behind a pair of QuantizeLinear and DequantizeLinear, as codes that
 * only integer operators read, in half precision, or as they were. Codes and half precision are made float32 in a copy of the model, by nodes behind its own.
 */
export class FloatReadings {
  readonly view: GraphView;
  private readonly source: Model;
  private readonly typeOf: GraphView['typeOf'];
  private readonly taken: Set<string>;
  private readonly takenNodes: Set<string>;
  private readonly added: Node[] = [];
  private readonly constants: Graph['constants'];
  private readonly values: Graph['values'];

  constructor(quantized: Model) {
    const { graph } = quantized;
    this.source = quantized;
    this.view = viewGraph(graph);
    // Other tools do not write down the types of inner tensors.
    this.typeOf = viewGraph(inferShapes(graph, opsetOf(quantized))).typeOf;
    this.taken = namesDefinedIn(graph);
    this.takenNodes = new Set(graph.nodes.map((node) => node.name));
    this.constants = new Map(graph.constants);
    this.values = new Map(graph.values);
  }

  /** The copy in which all readings so far are there. */
  get model(): Model {
    const { graph } = this.source;
    return { ...this.source, graph: { ...graph, nodes: [...graph.nodes, ...this.added], constants: this.constants, values: this.values } };
  }

  /** null where the model has neither the tensor nor its codes with a scale that is known. */
  of(name: string): Reading | null {
    const producer = this.view.producers.get(name);
    // Calibrant and ONNX Runtime's tool call the codes so where nothing needs the tensor in float.
    if (!producer) return this.codes(`${name}_quantized`);
    // A graph output keeps its name behind the pair.
    if (producer.op === 'DequantizeLinear') return this.behind(producer);
    const quantize = this.view.consumers.get(name)?.find((node) => node.op === 'QuantizeLinear' && node.inputs[0] === name);
    const codes = quantize?.outputs[0] ?? name;
    const dequantize = this.view.consumers.get(codes)?.find((node) => node.op === 'DequantizeLinear' && node.inputs[0] === codes);
    return dequantize ? this.behind(dequantize) : (this.codes(codes) ?? { tensor: this.float32(name), dequantize: null });
  }

  /** A reading within bounds. */
  within({ min, max }: Bounds, tensor: string): string {
    const above = min === -Infinity ? tensor : this.bounded('Max', tensor, min);
    return max === Infinity ? above : this.bounded('Min', above, max);
  }

  private behind(dequantize: Node): Reading {
    return { tensor: this.float32(dequantize.outputs[0] as string), dequantize };
  }

  private codes(name: string): Reading | null {
    const parameters: CodeNames | null = this.view.producers.has(name) ? codesMadeWith(name, this.view) : null;
    if (!parameters) return null;
    const tensor = this.fresh(`${name}_as_float`);
    const dequantize = linearNode('DequantizeLinear', this.nodeName(tensor), name, tensor, parameters);
    this.added.push(dequantize);
    return { tensor, dequantize };
  }

  private float32(name: string): string {
    if (this.typeOf(name) !== 'float16') return name;
    const tensor = this.fresh(`${name}_as_float`);
    this.added.push(castNode(this.nodeName(tensor), name, tensor, 'float32'));
    return tensor;
  }

  private bounded(op: 'Max' | 'Min', input: string, bound: number): string {
    const tensor = this.fresh(`${input}_${op}`);
    const constant = floatTensor(freshName(`${tensor}_bound`, this.taken), [], Float32Array.of(bound));
    this.constants.set(constant.name, constant);
    this.added.push({ name: this.nodeName(tensor), op, domain: '', inputs: [input, constant.name], outputs: [tensor], attributes: new Map() });
    return tensor;
  }

  private fresh(wish: string): string {
    const name = freshName(wish, this.taken);
    this.values.set(name, { name, type: 'float32', shape: null });
    return name;
  }

  private nodeName(wish: string): string {
    return freshName(wish, this.takenNodes);
  }
}
