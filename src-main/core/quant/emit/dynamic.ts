import { floatAttribute, intAttribute } from '../../onnx/attributes.ts';
import { codeOf } from '../../onnx/element-types.ts';
import type { Attribute, Graph, Model, Node, Tensor } from '../../onnx/graph.ts';
import { freshName, namesDefinedIn } from '../../onnx/names.ts';
import { floatsOf, floatTensor, intTensor } from '../../onnx/tensor.ts';
import { packCodes } from '../codes.ts';
import type { QuantizedConstant, QuantizedGraph } from '../types.ts';
import { viewGraph } from '../view.ts';

/**
 * Writes integer products of inputs whose range is found while the model runs: DynamicQuantizeLinear → MatMulInteger or ConvInteger → Cast → times both
 * scales → plus the bias in float (reference: `quantize_dynamic` of ONNX Runtime; Gemm, which it leaves, is a MatMul with a bias here). A tensor is
 * quantized once for all its readers.
 */
export function emitDynamic(quantized: QuantizedGraph): Model {
  const { model } = quantized.plan;
  return { ...model, producer: 'calibrant', graph: new DynamicWriter(quantized).write() };
}

/** Codes, scale and zero point that exist while the model runs. */
interface Found {
  codes: string;
  scale: string;
  zeroPoint: string;
}

class DynamicWriter {
  private readonly quantized: QuantizedGraph;
  private readonly graph: Graph;
  private readonly taken: Set<string>;
  private readonly takenNodes: Set<string>;
  private readonly integerNodes: Set<string>;
  private readonly nodes: Node[] = [];
  private readonly constants: Map<string, Tensor>;
  private readonly found = new Map<string, Found>();
  /** Parts of weights that several nodes share, by what tells them apart. */
  private readonly shared = new Map<string, string>();

  constructor(quantized: QuantizedGraph) {
    const { model, placements } = quantized.plan;
    this.quantized = quantized;
    this.graph = model.graph;
    this.taken = namesDefinedIn(model.graph);
    this.takenNodes = new Set(model.graph.nodes.map((node) => node.name));
    this.integerNodes = new Set(placements.filter(({ placement }) => placement === 'integer').map(({ node }) => node));
    this.constants = new Map(model.graph.constants);
  }

  write(): Graph {
    for (const node of this.graph.nodes) {
      if (!this.integerNodes.has(node.name)) this.nodes.push(node);
      else if (node.op === 'Conv') this.conv(node);
      else this.matrix(node);
    }
    const { consumers } = viewGraph({ ...this.graph, nodes: this.nodes });
    const outputs = new Set(this.graph.outputs.map(({ name }) => name));
    const constants = new Map([...this.constants].filter(([name]) => consumers.has(name) || outputs.has(name)));
    return { ...this.graph, nodes: this.nodes, constants };
  }

  private conv(node: Node): void {
    const [x = '', w = '', bias] = node.inputs;
    const weight = this.quantized.weights.get(w) as QuantizedConstant;
    const input = this.find(x);
    // One zero point serves all channels.
    const inputs = [input.codes, this.codes(weight, false), input.zeroPoint, this.zeroPoints(weight, 1)];
    const product = this.append('ConvInteger', node, inputs, 'integer', [...node.attributes]);
    const spatial = weight.dims.slice(2).map(() => 1);
    const channels = weight.parameters.scale.length;
    const scales = this.scales(weight, channels === 1 ? [] : [channels, ...spatial], 1);
    const addend = bias ? this.column(node, bias, spatial) : null;
    this.scaled(node, product, input.scale, scales, addend);
  }

  /** The bias as a column that broadcasts along the channels. */
  private column(node: Node, name: string, spatial: readonly number[]): string {
    const constant = this.graph.constants.get(name);
    if (constant) return this.once(`${name}_column`, String(spatial.length), (fresh) => ({ ...constant, name: fresh, dims: [...constant.dims, ...spatial] }));
    const shape = this.add(intTensor(this.fresh(`${node.name}_column`), [1 + spatial.length], [-1, ...spatial]));
    return this.append('Reshape', node, [name, shape], 'bias');
  }

  /** MatMul and Gemm. */
  private matrix(node: Node): void {
    const [a = '', b = '', c] = node.inputs;
    const weight = this.quantized.weights.get(b) as QuantizedConstant;
    const gemm = node.op === 'Gemm';
    const flip = gemm && intAttribute(node, 'transB', 0) !== 0;
    const input = this.find(gemm && intAttribute(node, 'transA', 0) !== 0 ? this.append('Transpose', node, [a], 'transposed') : a);
    const codes = this.codes(weight, flip);
    const channels = weight.parameters.scale.length;
    const product = this.append('MatMulInteger', node, [input.codes, codes, input.zeroPoint, this.zeroPoints(weight, channels)], 'integer');
    const scales = this.scales(weight, channels === 1 ? [] : [channels], gemm ? floatAttribute(node, 'alpha', 1) : 1);
    this.scaled(node, product, input.scale, scales, gemm && c ? this.gemmBias(node, c) : null);
  }

  private gemmBias(node: Node, name: string): string {
    const beta = floatAttribute(node, 'beta', 1);
    if (beta === 1) return name;
    const constant = this.graph.constants.get(name);
    if (constant)
      return this.float(
        `${node.name}_bias`,
        constant.dims,
        floatsOf(constant).map((value) => value * beta),
      );
    return this.append('Mul', node, [name, this.float(`${node.name}_beta`, [], Float32Array.of(beta))], 'bias');
  }

  private find(name: string): Found {
    const known = this.found.get(name);
    if (known) return known;
    const [codes, scale, zeroPoint] = ['quantized', 'scale', 'zero_point'].map((part) => this.fresh(`${name}_${part}`)) as [string, string, string];
    this.nodes.push({
      name: freshName(`${name}_QuantizeLinear`, this.takenNodes),
      op: 'DynamicQuantizeLinear',
      domain: '',
      inputs: [name],
      outputs: [codes, scale, zeroPoint],
      attributes: new Map(),
    });
    const found = { codes, scale, zeroPoint };
    this.found.set(name, found);
    return found;
  }

  /** int32 product → float, times both scales, plus the bias. */
  private scaled(node: Node, product: string, inputScale: string, weightScales: string, bias: string | null): void {
    const result = node.outputs[0] as string;
    const floats = this.append('Cast', node, [product], 'float', [['to', { kind: 'int', value: codeOf('float32') }]]);
    const scales = this.append('Mul', node, [inputScale, weightScales], 'scales');
    if (bias === null) this.append('Mul', node, [floats, scales], 'result', [], result);
    else this.append('Add', node, [this.append('Mul', node, [floats, scales], 'scaled'), bias], 'result', [], result);
  }

  private codes({ name, parameters, dims, bytes }: QuantizedConstant, flip: boolean): string {
    const [rows = 0, columns = 0] = dims;
    const made = flip ? { dims: [columns, rows], bytes: () => transposed(bytes, rows, columns) } : { dims, bytes: () => bytes };
    return this.once(`${name}_quantized`, String(flip), (fresh) => ({ name: fresh, type: parameters.type, dims: made.dims, bytes: made.bytes() }));
  }

  private zeroPoints({ name, parameters: { type, zeroPoint } }: QuantizedConstant, count: number): string {
    const dims = count === 1 ? [] : [count];
    return this.once(`${name}_zero_point`, String(count), (fresh) => ({ name: fresh, type, dims, bytes: packCodes(type, zeroPoint.subarray(0, count)) }));
  }

  /** @param factor of the node, e.g. Gemm's alpha */
  private scales({ name, parameters: { scale } }: QuantizedConstant, dims: number[], factor: number): string {
    const values = factor === 1 ? scale : scale.map((value) => value * factor);
    return this.once(`${name}_scale`, `${dims.join()} ${factor}`, (fresh) => floatTensor(fresh, dims, values));
  }

  private once(wish: string, variant: string, make: (name: string) => Tensor): string {
    const key = `${wish}\n${variant}`;
    const name = this.shared.get(key) ?? this.add(make(this.fresh(wish)));
    this.shared.set(key, name);
    return name;
  }

  private float(wish: string, dims: number[], values: Float32Array): string {
    return this.add(floatTensor(this.fresh(wish), dims, values));
  }

  private add(tensor: Tensor): string {
    this.constants.set(tensor.name, tensor);
    return tensor.name;
  }

  private fresh(wish: string): string {
    return freshName(wish, this.taken);
  }

  private append(
    op: string,
    of: Node,
    inputs: string[],
    part: string,
    attributes: [string, Attribute][] = [],
    output = this.fresh(`${of.outputs[0]}_${part}`),
  ): string {
    const name = freshName(`${of.name}_${part}`, this.takenNodes);
    this.nodes.push({ name, op, domain: '', inputs, outputs: [output], attributes: new Map(attributes) });
    return output;
  }
}

function transposed(bytes: Uint8Array, rows: number, columns: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) result[column * rows + row] = bytes[row * columns + column] as number;
  return result;
}
