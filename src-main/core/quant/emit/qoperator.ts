import { without } from '../../onnx/attributes.ts';
import type { Attribute, Graph, Model, Node, Tensor, TensorInfo } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn, namesReadBy } from '../../onnx/names.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { renameReads } from '../../onnx/passes/rename.ts';
import { packCodes } from '../codes.ts';
import { floatsOf } from '../../onnx/tensor.ts';
import { biasKey, ownerOf } from '../parameters.ts';
import { scaleDims } from '../scale-layout.ts';
import { encode, fullCodes } from '../scale.ts';
import type { Parameters, PlannedActivation, QuantizedGraph } from '../types.ts';
import { viewGraph, type GraphView } from '../view.ts';
import { INTEGER_FORMS, type Operands } from './integer-forms.ts';

/**
 * Writes the plan's numbers as integer operators that read and write codes (QLinearConv, QLinearMatMul, com.microsoft::QGemm, …), with QuantizeLinear and
 * DequantizeLinear only where integer and float nodes meet. Codes of T are named `T_quantized`; where T is needed in float it keeps its name.
 */
export function emitQOperator(quantized: QuantizedGraph): Model {
  const { model } = quantized.plan;
  const writer = new QOperatorWriter(quantized);
  const graph = writer.write();
  const opsets = writer.usesMicrosoft ? new Map(model.opsets).set('com.microsoft', 1) : model.opsets;
  return { ...model, opsets, producer: 'calibrant', graph };
}

class QOperatorWriter implements Operands {
  usesMicrosoft = false;
  readonly opset: number;
  private readonly quantized: QuantizedGraph;
  private readonly graph: Graph;
  private readonly view: GraphView;
  private readonly taken: Set<string>;
  private readonly takenNodes: Set<string>;
  private readonly integerNodes: Set<string>;
  private readonly planned: Map<string, PlannedActivation>;
  private readonly nodes: Node[] = [];
  private readonly constants: Map<string, Tensor>;
  private readonly values: Graph['values'];
  /** Tensor → the name of its codes, and the one that it has in float: its own, unless the codes have that because the model takes or gives them. */
  private readonly codes = new Map<string, string>();
  private readonly floats: Map<string, string>;
  private readonly bareOutputs: ReadonlySet<string>;
  private readonly parameterNames = new Map<string, [scale: string, zeroPoint: string]>();

  constructor(quantized: QuantizedGraph) {
    const { model, placements, activations, io } = quantized.plan;
    this.quantized = quantized;
    this.graph = model.graph;
    this.opset = opsetOf(model);
    this.view = viewGraph(model.graph);
    this.taken = namesDefinedIn(model.graph);
    this.takenNodes = new Set(model.graph.nodes.map((node) => node.name));
    this.integerNodes = new Set(placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
    this.planned = new Map(activations.map((activation) => [activation.name, activation]));
    this.constants = new Map(model.graph.constants);
    this.values = new Map(model.graph.values);
    this.floats = new Map([...model.graph.constants.keys()].map((name) => [name, name]));
    this.bareOutputs = new Set(io.outputs === 'quantized' ? this.view.outputs : []);
  }

  write(): Graph {
    const { io } = this.quantized.plan;
    const inputs = this.graph.inputs.map((info) => this.input(info, io.inputs === 'quantized'));
    for (const node of this.graph.nodes) {
      if (this.integerNodes.has(node.name)) this.integer(node);
      else this.float(node);
    }
    const outputs = this.graph.outputs.map((info) => this.output(info));
    return { ...this.graph, inputs, outputs, nodes: this.nodes, constants: this.usedConstants(outputs), values: this.values };
  }

  private input(info: TensorInfo, bare: boolean): TensorInfo {
    const parameters = this.quantized.activations.get(info.name);
    if (!bare || !parameters) {
      this.floats.set(info.name, info.name);
      return info;
    }
    this.codes.set(info.name, info.name);
    return { ...info, type: parameters.type };
  }

  private output(info: TensorInfo): TensorInfo {
    const parameters = this.quantized.activations.get(info.name);
    if (this.bareOutputs.has(info.name) && parameters) {
      this.asCodes(info.name);
      return { ...info, type: parameters.type };
    }
    this.asFloat(info.name);
    return info;
  }

  private float(node: Node): void {
    const reads = new Map([...namesReadBy(node)].map((name) => [name, this.asFloat(name)]));
    const outputs = node.outputs.map((name) => {
      const own = this.bareOutputs.has(name) && this.quantized.activations.has(name) ? this.fresh(`${name}_float`) : name;
      this.floats.set(name, own);
      return own;
    });
    this.nodes.push({ ...renameReads(node, reads), outputs });
  }

  private integer(node: Node): void {
    const form = INTEGER_FORMS[node.op];
    if (!form) throw new Error(`The plan wants ${node.op} in integers, and QOperator has no form of it`);
    const { op, domain, inputs, drop = [], attributes = [] } = form(node, this);
    const outputs = node.outputs.map((name) => (this.quantized.activations.has(name) ? this.codesOf(name) : name));
    for (const name of node.outputs) if (!this.quantized.activations.has(name)) this.floats.set(name, name);
    if (domain === 'com.microsoft') this.usesMicrosoft = true;
    const kept = without(node.attributes, ...drop);
    const written = { op, domain, inputs, outputs, attributes: new Map<string, Attribute>([...kept, ...attributes]) };
    // As ONNX Runtime's quantizer has it, an operator that passes codes on keeps its name.
    if (op === node.op) this.nodes.push({ ...written, name: node.name });
    else this.append({ ...written, name: `${node.name}_quant` });
  }

  /** Codes, scale and zero point of an input of a node: an activation, or a constant that the plan has quantized. */
  triple(node: Node, index: number): string[] {
    const name = node.inputs[index] as string;
    return [this.asCodes(name), ...this.parametersOf(name)];
  }

  /** Scale and zero point of an output. */
  result(node: Node, index = 0): string[] {
    return this.parametersOf(node.outputs[index] as string);
  }

  /** The int32 bias of a node; nothing where it has none. */
  bias(node: Node, index: number): string[] {
    const name = node.inputs[index];
    if (!name) return [];
    const constant = this.quantized.biases.get(biasKey(name, node.name));
    if (!constant) throw new Error(`The plan has no bias for ${node.name}`);
    const first = this.constants.get(`${name}_quantized`);
    if (first && sameBytes(first.bytes, constant.bytes)) return [first.name];
    const stored = this.fresh(first ? `${name}_${node.name}_quantized` : `${name}_quantized`);
    return [this.add({ name: stored, type: 'int32', dims: constant.dims, bytes: constant.bytes })];
  }

  /** A constant scalar in the codes of a tensor; the zero point where there is none. */
  valueLike(name: string | undefined, tensor: string): string {
    const constant = this.view.constant(name);
    if (!constant) return this.parametersOf(tensor)[1] as string;
    const { type, scale, zeroPoint } = this.ownerParameters(tensor);
    const code = encode(floatsOf(constant)[0] as number, scale[0] as number, zeroPoint[0] as number, fullCodes(type));
    return this.add({ name: this.fresh(`${constant.name}_quantized`), type, dims: constant.dims, bytes: packCodes(type, [code]) });
  }

  /** Names of the codes that a tensor's input has, for operators that pass them on. */
  asCodes(name: string): string {
    const known = this.codes.get(name);
    if (known !== undefined) return known;
    const constant = this.quantized.weights.get(name);
    if (constant) {
      const stored = this.add({ name: this.fresh(`${name}_quantized`), type: constant.parameters.type, dims: constant.dims, bytes: constant.bytes });
      this.codes.set(name, stored);
      return stored;
    }
    const source = this.floats.get(name) ?? name;
    const codes = this.codesOf(name);
    this.append({
      name: `${name}_QuantizeLinear`,
      op: 'QuantizeLinear',
      domain: '',
      inputs: [source, ...this.parametersOf(name)],
      outputs: [codes],
      attributes: new Map(),
    });
    return codes;
  }

  private asFloat(name: string): string {
    const known = this.floats.get(name);
    if (known !== undefined) return known;
    const codes = this.codes.get(name);
    if (codes === undefined) throw new Error(`Nothing makes ${name}`);
    const target = codes === name ? this.fresh(`${name}_dequantized`) : name;
    this.floats.set(name, target);
    this.append({
      name: `${name}_DequantizeLinear`,
      op: 'DequantizeLinear',
      domain: '',
      inputs: [codes, ...this.parametersOf(name)],
      outputs: [target],
      attributes: new Map(),
    });
    return target;
  }

  private codesOf(name: string): string {
    const codes = this.bareOutputs.has(name) ? name : this.fresh(`${name}_quantized`);
    this.codes.set(name, codes);
    const known = this.graph.values.get(name) ?? [...this.graph.inputs, ...this.graph.outputs].find((info) => info.name === name);
    const { type } = this.quantized.activations.get(name) as Parameters;
    if (known) this.values.set(codes, { name: codes, type, shape: known.shape });
    return codes;
  }

  private parametersOf(name: string): string[] {
    const owner = ownerOf(name, this.planned);
    return this.constantParameters(owner, this.ownerParameters(name), this.quantized.weights.get(owner)?.dims ?? []);
  }

  /** Rows picked from a constant table have the parameters of the table. */
  private ownerParameters(name: string): Parameters {
    const owner = ownerOf(name, this.planned);
    return (this.quantized.activations.get(owner) ?? this.quantized.weights.get(owner)?.parameters) as Parameters;
  }

  private constantParameters(base: string, parameters: Parameters, of: readonly number[]): string[] {
    const known = this.parameterNames.get(base);
    if (known) return known;
    const { type, scale, zeroPoint } = parameters;
    const dims = scaleDims(of, parameters);
    const names: [string, string] = [
      this.add({ name: this.fresh(`${base}_scale`), type: 'float32', dims, bytes: new Uint8Array(scale.buffer, scale.byteOffset, scale.byteLength) }),
      this.add({ name: this.fresh(`${base}_zero_point`), type, dims, bytes: packCodes(type, zeroPoint) }),
    ];
    this.parameterNames.set(base, names);
    return names;
  }

  private add(tensor: Tensor): string {
    this.constants.set(tensor.name, tensor);
    return tensor.name;
  }

  private fresh(wish: string): string {
    return freshName(wish, this.taken);
  }

  private append(node: Node): void {
    this.nodes.push({ ...node, name: freshName(node.name, this.takenNodes) });
  }

  /** Without what only float weights and vanished nodes needed. */
  private usedConstants(outputs: readonly TensorInfo[]): Map<string, Tensor> {
    const { consumers } = viewGraph({ ...this.graph, nodes: this.nodes });
    const ends = new Set(outputs.map(({ name }) => name));
    return new Map([...this.constants].filter(([name]) => consumers.has(name) || ends.has(name)));
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
