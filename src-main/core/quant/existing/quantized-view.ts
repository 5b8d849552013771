import type { Graph, Node, Tensor } from '../../onnx/graph.ts';
import { quantizationOf } from '../../onnx/kind.ts';
import { viewGraph, type GraphView } from '../view.ts';
import { codeParameters, isCodeType, parametersOf, type CodeParameters } from './code-parameters.ts';
import { floatForm, passesCodes } from './integer-operators.ts';

/** Codes that an operation reads or makes. */
export interface Coded {
  /** The float tensor that they stand for, as far as it has a name; else their own. */
  tensor: string;
  parameters: CodeParameters;
  /** Constant codes. */
  codes: Tensor | null;
}

/** A node that computes, whatever the form of the model: inputs and outputs in the order of the float operator, null where they are no codes. */
export interface Operation {
  node: Node;
  /** Name of the float operator. */
  op: string;
  reads: (Coded | null)[];
  makes: (Coded | null)[];
  /** Works on codes itself, so that it is no float operator between Q and DQ. */
  onCodes: boolean;
}

/** Parameters as the file has them, at the node that uses them. */
export interface Stated {
  node: Node;
  tensor: string;
  scale: Tensor;
  zeroPoint: Tensor | null;
  /** Of what they are applied to, as far as it is known. */
  dims: readonly number[] | null;
  parameters: CodeParameters;
}

/** A quantized graph as the audit reads it. */
export interface QuantizedView {
  view: GraphView;
  operations: Operation[];
  stated: Stated[];
  /** Codes made of floats at run time, by the name of the codes. */
  activations: Map<string, Coded>;
}

export function viewQuantized(graph: Graph): QuantizedView {
  return new Viewer(graph).read();
}

class Viewer {
  private readonly graph: Graph;
  private readonly view: GraphView;
  private readonly operations: Operation[] = [];
  private readonly stated: Stated[] = [];
  private readonly activations = new Map<string, Coded>();
  /** Codes → what they are, and float results of DequantizeLinear → what they were made of. */
  private readonly coded = new Map<string, Coded>();
  private readonly dequantized = new Map<string, Coded>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.view = viewGraph(graph);
  }

  read(): QuantizedView {
    for (const node of this.graph.nodes) {
      if (node.op === 'QuantizeLinear') this.quantize(node);
      else if (node.op === 'DequantizeLinear') this.dequantize(node);
      else this.operation(node);
    }
    for (const operation of this.operations) if (!operation.onCodes) operation.makes = operation.node.outputs.map((name) => this.quantizedFrom(name));
    return { view: this.view, operations: this.operations, stated: this.stated, activations: this.activations };
  }

  private quantize(node: Node): void {
    const [source, result] = [node.inputs[0] as string, node.outputs[0] as string];
    const parameters = parametersOf(node, this.view.constant, null);
    if (!parameters) return;
    const constant = this.view.constant(source);
    const tensor = this.dequantized.get(source)?.tensor ?? source;
    this.state(node, tensor, [1, 2], parameters, constant?.dims ?? null);
    const coded: Coded = { tensor, parameters, codes: null };
    this.coded.set(result, coded);
    if (!constant) this.activations.set(result, coded);
  }

  private dequantize(node: Node): void {
    const [source, result] = [node.inputs[0] as string, node.outputs[0] as string];
    const codes = this.view.constant(source) ?? null;
    const known = this.coded.get(source);
    const parameters = parametersOf(node, this.view.constant, codes?.type ?? known?.parameters.type ?? this.view.typeOf(source));
    if (!parameters) return;
    // Quantizers name the codes of weights after them.
    const tensor = codes ? (source.endsWith('_quantized') ? source.slice(0, -'_quantized'.length) : result) : (known?.tensor ?? source);
    this.state(node, tensor, [1, 2], parameters, codes?.dims ?? null);
    this.dequantized.set(result, { tensor, parameters, codes });
  }

  private operation(node: Node): void {
    const form = floatForm(node);
    if (form) {
      const reads = form.inputs.map(([index, scale, zeroPoint]) =>
        scale === undefined ? null : this.triple(node, [index, scale, zeroPoint as number], form.channelAxis),
      );
      if (form.bias) reads.push(this.integerBias(node, form.bias, reads));
      const result = node.outputs[0] as string;
      const made = form.output === null ? null : this.triple(node, [-1, form.output, form.output + 1], form.channelAxis, result);
      if (made) {
        this.coded.set(result, made);
        this.activations.set(result, made);
      }
      this.operations.push({ node, op: form.op, reads, makes: [made], onCodes: true });
      return;
    }
    const first = node.inputs.map((name) => this.coded.get(name)).find((coded) => coded !== undefined);
    if (first && passesCodes(node)) {
      for (const output of node.outputs) this.coded.set(output, { ...first, tensor: output });
      this.operations.push({
        node,
        op: node.op,
        reads: node.inputs.map((name) => this.coded.get(name) ?? null),
        makes: node.outputs.map(() => first),
        onCodes: true,
      });
      return;
    }
    const reads = node.inputs.map((name) => this.dequantized.get(name) ?? null);
    this.operations.push({ node, op: node.op, reads, makes: [], onCodes: quantizationOf(node) !== null });
  }

  private triple(node: Node, [index, scale, zeroPoint]: [number, number, number], axisOf: (rank: number) => number, result?: string): Coded | null {
    const name = result ?? (node.inputs[index] as string);
    const codes = this.view.constant(name) ?? null;
    const zero = this.view.constant(node.inputs[zeroPoint]);
    const type = codes?.type ?? zero?.type ?? this.coded.get(name)?.parameters.type ?? 'uint8';
    const parameters = isCodeType(type) ? codeParameters(type, this.view.constant(node.inputs[scale]), zero, axisOf(codes?.dims.length ?? 2)) : null;
    if (!parameters) return null;
    this.state(node, name, [scale, zeroPoint], parameters, codes?.dims ?? null);
    return { tensor: name, parameters, codes };
  }

  private integerBias(node: Node, { input, alpha }: { input: number; alpha: number }, [x, weight]: (Coded | null)[]): Coded | null {
    const codes = this.view.constant(node.inputs[input]);
    if (!codes || !x || !weight) return null;
    const scale = weight.parameters.scale.map((one) => Math.fround((x.parameters.scale[0] as number) * one) * alpha);
    const parameters: CodeParameters = { type: 'int32', scale, zeroPoint: new Int32Array(scale.length), axis: scale.length > 1 ? 0 : null, blockSize: null };
    return { tensor: codes.name, parameters, codes };
  }

  private state(node: Node, tensor: string, [scale, zeroPoint]: [number, number], parameters: CodeParameters, dims: readonly number[] | null): void {
    const zero = this.view.constant(node.inputs[zeroPoint]) ?? null;
    this.stated.push({ node, tensor, scale: this.view.constant(node.inputs[scale]) as Tensor, zeroPoint: zero, dims, parameters });
  }

  private quantizedFrom(name: string): Coded | null {
    const quantize = (this.view.consumers.get(name) ?? []).find((consumer) => consumer.op === 'QuantizeLinear' && consumer.inputs[0] === name);
    return quantize ? (this.coded.get(quantize.outputs[0] as string) ?? null) : null;
  }
}
