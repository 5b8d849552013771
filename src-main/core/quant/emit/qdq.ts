import type { Attribute, ElementType, Graph, Model, Node, Tensor, TensorInfo } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { renameReads } from '../../onnx/passes/rename.ts';
import { packCodes } from '../codes.ts';
import { biasKey, ownerOf } from '../parameters.ts';
import { ruleOf } from '../rules/rule.ts';
import { scaleDims } from '../scale-layout.ts';
import { bitsOfCodes } from '../scale.ts';
import type { Parameters, PlannedActivation, QuantizedConstant, QuantizedGraph } from '../types.ts';
import { viewGraph, type GraphView } from '../view.ts';

/**
 * Writes the plan's numbers as ONNX QDQ: float operators between QuantizeLinear and DequantizeLinear, weights and biases as integer constants behind
 * DequantizeLinear. Every activation has one pair for all its consumers. Names follow ONNX Runtime's quantizer (`T_quantized`, `T_scale`, `T_zero_point`,
 * `T_QuantizeLinear_Output`, `T_DequantizeLinear_Output`), so that its tools recognise them.
 */
export function emitQdq(quantized: QuantizedGraph): Model {
  const { model } = quantized.plan;
  const domain = qdqDomain(quantized);
  const opsets = domain === '' ? model.opsets : new Map(model.opsets).set(domain, 1);
  return { ...model, opsets, producer: 'calibrant', graph: new QdqWriter(quantized, domain).write() };
}

/** Before opset 21, 4- and 16-bit codes are known to ONNX Runtime's own operators only, and all pairs of a model are then of one kind. */
function qdqDomain({ plan, activations, weights }: QuantizedGraph): '' | 'com.microsoft' {
  const types = [...activations.values(), ...[...weights.values()].map(({ parameters }) => parameters)].map(({ type }) => type);
  return opsetOf(plan.model) < 21 && types.some((type) => bitsOfCodes(type) === 4 || bitsOfCodes(type) === 16) ? 'com.microsoft' : '';
}

class QdqWriter {
  private readonly quantized: QuantizedGraph;
  private readonly domain: string;
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
  /** Owner of parameters (a constant, where rows are picked from one) → names of its scale and zero point. */
  private readonly parameterNames = new Map<string, [scale: string, zeroPoint: string]>();
  private readonly planned: Map<string, PlannedActivation>;
  /** Names of biases that are written for another node again. */
  private readonly copies: string[] = [];

  constructor(quantized: QuantizedGraph, domain: string) {
    const { graph } = quantized.plan.model;
    this.quantized = quantized;
    this.domain = domain;
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
      // The Python tool gives the rounded weights to float nodes too that share them.
      const rounded = integer || this.quantized.plan.target.parity;
      const inputs = node.inputs.map((name, index) => {
        if (integer && this.isBias(node, index)) return this.bias(name, node);
        if (rounded && this.quantized.weights.has(name)) return this.weight(name);
        return this.dequantized.get(name) ?? name;
      });
      const written: Node = { ...renameReads(node, this.dequantized), inputs, outputs: [...node.outputs] };
      this.nodes.push(written);
      node.outputs.forEach((name, index) => {
        if (this.quantized.activations.has(name)) written.outputs[index] = this.pair(name);
      });
    }
    return {
      ...this.graph,
      inputs: this.ends('inputs'),
      outputs: this.ends('outputs'),
      nodes: this.nodes,
      constants: this.usedConstants(),
      values: this.values,
    };
  }

  /** What the model takes or gives: where the recipe wants codes, the type is that of the codes. */
  private ends(side: 'inputs' | 'outputs'): TensorInfo[] {
    if (this.quantized.plan.io[side] === 'float') return this.graph[side];
    return this.graph[side].map((info) => {
      const parameters = this.quantized.activations.get(info.name);
      return parameters ? { ...info, type: parameters.type } : info;
    });
  }

  /** Appends Q and DQ for an activation and returns the name that its producer is to write. */
  private pair(name: string): string {
    const parameters = this.quantized.activations.get(name) as Parameters;
    const [scale, zeroPoint] = this.activationParameters(ownerOf(name, this.planned));
    const { io } = this.quantized.plan;
    const isInput = this.view.inputs.has(name);
    const isOutput = this.view.outputs.has(name) && !isInput;
    const bareInput = isInput && io.inputs === 'quantized';
    const bareOutput = isOutput && io.outputs === 'quantized';
    // A graph output keeps its name behind the pair, and with it for whoever else reads it.
    const source = isOutput ? this.fresh(`${name}_QuantizeLinear_Input`) : name;
    const codes = bareInput || bareOutput ? name : this.fresh(`${name}_QuantizeLinear_Output`);
    const result = isOutput && !bareOutput ? name : this.fresh(`${name}_DequantizeLinear_Output`);
    if (!bareInput) this.append('QuantizeLinear', `${name}_QuantizeLinear`, [source, scale, zeroPoint], codes, {});
    if (!bareOutput || this.view.consumers.has(name)) this.append('DequantizeLinear', `${name}_DequantizeLinear`, [codes, scale, zeroPoint], result, {});
    this.describe(codes, parameters.type, name);
    this.describe(source === name ? result : source, 'float32', name);
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

  /** A bias keeps its name behind DequantizeLinear, unless somebody needs it in float; for every further node it is written again, with a number. */
  private bias(name: string, user: Node): string {
    const constant = this.quantized.biases.get(biasKey(name, user.name)) as QuantizedConstant;
    const inFloat = this.view.outputs.has(name) || (this.view.consumers.get(name) ?? []).some((node) => !this.quantized.biases.has(biasKey(name, node.name)));
    const result = !inFloat && this.constants.delete(name) ? name : this.copyOf(name);
    this.dequantizeConstant(result, constant, result);
    return result;
  }

  /** The name with the number after the greatest that any constant has behind it, as ONNX Runtime's quantizer counts. */
  private copyOf(name: string): string {
    const numbers = [...this.graph.constants.keys(), ...this.copies].map((other) => (other.startsWith(name) ? /^\d+$/.exec(other.slice(name.length)) : null));
    const copy = this.fresh(`${name}${Math.max(-1, ...numbers.map((match) => (match ? Number(match[0]) : -1))) + 1}`);
    this.copies.push(copy);
    return copy;
  }

  private isBias(user: Node, index: number): boolean {
    return ruleOf(this.quantized.plan.target, user)?.bias?.input === index && this.quantized.biases.has(biasKey(user.inputs[index] as string, user.name));
  }

  private dequantizeConstant(base: string, { parameters, dims, bytes }: QuantizedConstant, result: string): void {
    const codes = this.add({ name: this.fresh(`${base}_quantized`), type: parameters.type, dims, bytes });
    const names = this.addParameters(parameters.type === 'int32' ? `${base}_quantized` : base, parameters, dims);
    this.parameterNames.set(base, names);
    const [scale, zeroPoint] = names;
    this.append('DequantizeLinear', `${base}_DequantizeLinear`, [codes, scale, zeroPoint], result, parameters);
    this.values.set(result, { name: result, type: 'float32', shape: dims });
  }

  private addParameters(base: string, parameters: Parameters, of: readonly number[] = []): [string, string] {
    const { type, scale, zeroPoint } = parameters;
    const dims = scaleDims(of, parameters);
    return [
      this.add({ name: this.fresh(`${base}_scale`), type: 'float32', dims, bytes: new Uint8Array(scale.buffer, scale.byteOffset, scale.byteLength) }),
      this.add({ name: this.fresh(`${base}_zero_point`), type, dims, bytes: packCodes(type, zeroPoint) }),
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

  private append(op: string, name: string, inputs: string[], output: string, { axis, blockSize }: Partial<Pick<Parameters, 'axis' | 'blockSize'>>): void {
    const attributes = new Map<string, Attribute>();
    if (axis != null) attributes.set('axis', { kind: 'int', value: axis });
    if (blockSize != null) attributes.set('block_size', { kind: 'int', value: blockSize });
    this.nodes.push({ name: freshName(name, this.takenNodes), op, domain: this.domain, inputs, outputs: [output], attributes });
  }

  /** Without what only float weights and vanished nodes needed. */
  private usedConstants(): Map<string, Tensor> {
    const { consumers } = viewGraph({ ...this.graph, nodes: this.nodes });
    return new Map([...this.constants].filter(([name]) => consumers.has(name) || this.view.outputs.has(name)));
  }
}
