import type { Attribute, ElementType, Graph, Model, Node, Tensor } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';
import { biasKey, ownerOf } from '../parameters.ts';
import { ONNXRUNTIME, ruleOf } from '../rules.ts';
import type { Parameters, PlannedActivation, QuantizedConstant, QuantizedGraph } from '../types.ts';
import { viewGraph, type GraphView } from '../view.ts';

/**
 * Writes the plan's numbers as ONNX QDQ: float operators between QuantizeLinear and DequantizeLinear, weights and biases as integer constants behind
 * DequantizeLinear. Every activation has one pair for all its consumers. Names follow ONNX Runtime's quantizer (`T_quantized`, `T_scale`, `T_zero_point`,
 * `T_QuantizeLinear_Output`, `T_DequantizeLinear_Output`), so that its tools recognise them.
 */
export function emitQdq(quantized: QuantizedGraph): Model {
  const { model } = quantized.plan;
  return { ...model, producer: 'calibrant', graph: new QdqWriter(quantized).write() };
}

class QdqWriter {
  private readonly quantized: QuantizedGraph;
  private readonly graph: Graph;
  private readonly view: GraphView;
  private readonly taken: Set<string>;
  private readonly takenNodes: Set<string>;
  private readonly integerNodes: Set<string>;
  private readonly nodes: Node[] = [];
  private readonly constants: Map<string, Tensor>;
  private readonly values: Graph['values'];
  /** Activation → its dequantized version, for all its consumers. */
  private readonly dequantized = new Map<string, string>();
  /** Weights → their dequantized version, for integer nodes only: a node that stays float keeps its float weights. */
  private readonly dequantizedWeights = new Map<string, string>();
  /** Owner of activation parameters → names of its scale and zero point. */
  private readonly parameterNames = new Map<string, [scale: string, zeroPoint: string]>();
  private readonly planned: Map<string, PlannedActivation>;

  constructor(quantized: QuantizedGraph) {
    const { graph } = quantized.plan.model;
    this.quantized = quantized;
    this.graph = graph;
    this.view = viewGraph(graph);
    this.taken = namesDefinedIn(graph);
    this.takenNodes = new Set(graph.nodes.map((node) => node.name));
    this.integerNodes = new Set(quantized.plan.placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
    this.constants = new Map(graph.constants);
    this.values = new Map(graph.values);
    this.planned = new Map(quantized.plan.activations.map((activation) => [activation.name, activation]));
  }

  write(): Graph {
    for (const input of this.graph.inputs) if (this.quantized.activations.has(input.name)) this.pair(input.name);
    for (const node of this.graph.nodes) {
      const integer = this.integerNodes.has(node.name);
      const inputs = node.inputs.map((name, index) => {
        if (integer && this.isBias(node, index)) return this.bias(name, node);
        if (integer && this.quantized.weights.has(name)) return this.weight(name);
        return this.dequantized.get(name) ?? name;
      });
      const written: Node = { ...node, inputs, outputs: [...node.outputs] };
      this.nodes.push(written);
      node.outputs.forEach((name, index) => {
        if (this.quantized.activations.has(name)) written.outputs[index] = this.pair(name);
      });
    }
    return { ...this.graph, nodes: this.nodes, constants: this.usedConstants(), values: this.values };
  }

  /** Appends Q and DQ for an activation and returns the name that its producer is to write. */
  private pair(name: string): string {
    const parameters = this.quantized.activations.get(name) as Parameters;
    const [scale, zeroPoint] = this.activationParameters(ownerOf(name, this.planned));
    // A graph output keeps its name behind the pair, and with it for whoever else reads it.
    const isOutput = this.view.outputs.has(name) && !this.view.inputs.has(name);
    const source = isOutput ? this.fresh(`${name}_QuantizeLinear_Input`) : name;
    const codes = this.fresh(`${name}_QuantizeLinear_Output`);
    const result = isOutput ? name : this.fresh(`${name}_DequantizeLinear_Output`);
    this.append('QuantizeLinear', `${name}_QuantizeLinear`, [source, scale, zeroPoint], codes, null);
    this.append('DequantizeLinear', `${name}_DequantizeLinear`, [codes, scale, zeroPoint], result, null);
    this.describe(codes, parameters.type as ElementType, name);
    this.describe(isOutput ? source : result, 'float32', name);
    this.dequantized.set(name, result);
    return source;
  }

  private activationParameters(owner: string): [string, string] {
    const known = this.parameterNames.get(owner);
    if (known) return known;
    const names = this.addParameters(owner, this.quantized.activations.get(owner) as Parameters);
    this.parameterNames.set(owner, names);
    return names;
  }

  private weight(name: string): string {
    const known = this.dequantizedWeights.get(name);
    if (known !== undefined) return known;
    const result = this.fresh(`${name}_DequantizeLinear_Output`);
    this.dequantizeConstant(name, this.quantized.weights.get(name) as QuantizedConstant, result);
    this.dequantizedWeights.set(name, result);
    return result;
  }

  /** A bias that only one node uses keeps its name behind DequantizeLinear; a shared one is written for each node. */
  private bias(name: string, user: Node): string {
    const constant = this.quantized.biases.get(biasKey(name, user.name)) as QuantizedConstant;
    const shared = this.view.outputs.has(name) || (this.view.consumers.get(name) ?? []).length > 1;
    const result = shared ? this.fresh(`${name}_${user.name}`) : name;
    if (!shared) this.constants.delete(name);
    this.dequantizeConstant(result, constant, result);
    return result;
  }

  private isBias(user: Node, index: number): boolean {
    return ruleOf(ONNXRUNTIME, user)?.bias?.input === index && this.quantized.biases.has(biasKey(user.inputs[index] as string, user.name));
  }

  private dequantizeConstant(base: string, { parameters, dims, bytes }: QuantizedConstant, result: string): void {
    const codes = this.add({ name: this.fresh(`${base}_quantized`), type: parameters.type, dims, bytes });
    const [scale, zeroPoint] = this.addParameters(parameters.type === 'int32' ? `${base}_quantized` : base, parameters);
    this.append('DequantizeLinear', `${base}_DequantizeLinear`, [codes, scale, zeroPoint], result, parameters.axis);
    this.values.set(result, { name: result, type: 'float32', shape: dims });
  }

  private addParameters(base: string, { type, axis, scale, zeroPoint }: Parameters): [string, string] {
    const dims = axis === null ? [] : [scale.length];
    const codes = type === 'int32' ? zeroPoint : type === 'int8' ? Int8Array.from(zeroPoint) : Uint8Array.from(zeroPoint);
    return [
      this.add({ name: this.fresh(`${base}_scale`), type: 'float32', dims, bytes: new Uint8Array(scale.buffer, scale.byteOffset, scale.byteLength) }),
      this.add({ name: this.fresh(`${base}_zero_point`), type, dims, bytes: new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength) }),
    ];
  }

  private add(tensor: Tensor): string {
    this.constants.set(tensor.name, tensor);
    return tensor.name;
  }

  private describe(name: string, type: ElementType, like: string): void {
    const known = this.graph.values.get(like) ?? [...this.graph.inputs, ...this.graph.outputs].find((info) => info.name === like);
    if (known) this.values.set(name, { name, type, shape: known.shape });
  }

  private fresh(wish: string): string {
    return freshName(wish, this.taken);
  }

  private append(op: string, name: string, inputs: string[], output: string, axis: number | null): void {
    const attributes = new Map<string, Attribute>(axis === null ? [] : [['axis', { kind: 'int', value: axis }]]);
    this.nodes.push({ name: freshName(name, this.takenNodes), op, domain: '', inputs, outputs: [output], attributes });
  }

  /** Without what only float weights and vanished nodes needed. */
  private usedConstants(): Map<string, Tensor> {
    const { consumers } = viewGraph({ ...this.graph, nodes: this.nodes });
    return new Map([...this.constants].filter(([name]) => consumers.has(name) || this.view.outputs.has(name)));
  }
}
