import type { Problem } from '../../../../contract/model.ts';
import type { Placement } from '../../../../contract/results.ts';
import { intAttribute, tensorAttribute } from '../../../onnx/attributes.ts';
import { codeOf } from '../../../onnx/element-types.ts';
import type { Attribute, Graph, Model, Node, Tensor, TensorInfo } from '../../../onnx/graph.ts';
import { freshName, namesDefinedIn, namesReadBy } from '../../../onnx/names.ts';
import { renameReads } from '../../../onnx/passes/rename.ts';
import { floatTensor } from '../../../onnx/tensor.ts';
import { viewGraph, type GraphView } from '../../view.ts';
import { constantProblems, halfConstant } from './constants.ts';
import { float32Inputs, float32Outputs, readsShapesOnly } from './operators.ts';
import { scanForOverflow, type Ranges } from './overflow.ts';
import { placeInHalf } from './place.ts';

export interface Float16Options {
  /** `float` keeps the model's inputs (outputs) float32 and puts a Cast at the edge; `quantized` makes them half precision. */
  inputType: 'float' | 'quantized';
  outputType: 'float' | 'quantized';
  /** Names of nodes that stay float32. */
  exclude: ReadonlySet<string>;
  /** Observed ranges of activations, as many as are known: what half precision cannot hold stays float32. */
  ranges?: Ranges;
}

/**
 * The model in half precision, with Cast nodes where a node has to stay float32.
 * @param prepared float32, of opset 13 or above, its shapes inferred
 */
export function emitFloat16(prepared: Model, options: Float16Options): { model: Model; placements: Placement[]; warnings: Problem[] } {
  const view = viewGraph(prepared.graph);
  const { tooLarge, warnings } = scanForOverflow(prepared.graph, view, options.ranges ?? new Map());
  const placements = placeInHalf(prepared.graph, view, options.exclude, tooLarge);
  const half = new Set(placements.filter(({ placement }) => placement === 'float16').map(({ node }) => node));
  const writer = new HalfWriter(prepared.graph, view, half, options);
  const graph = writer.write();
  return { model: { ...prepared, producer: 'calibrant', graph }, placements, warnings: [...warnings, ...writer.problems] };
}

type Precision = 'float32' | 'float16';

const other = (precision: Precision): Precision => (precision === 'float32' ? 'float16' : 'float32');

class HalfWriter {
  readonly problems: Problem[] = [];
  private readonly graph: Graph;
  private readonly view: GraphView;
  private readonly half: ReadonlySet<string>;
  private readonly ends: Record<'input' | 'output', Precision>;
  private readonly taken: Set<string>;
  private readonly takenNodes: Set<string>;
  private readonly nodes: Node[] = [];
  private readonly constants: Map<string, Tensor>;
  private readonly values: Graph['values'];
  /** Float tensor → its names in the precisions that it is there in so far. */
  private readonly names = new Map<string, Partial<Record<Precision, string>>>();

  constructor(graph: Graph, view: GraphView, half: ReadonlySet<string>, options: Float16Options) {
    this.graph = graph;
    this.view = view;
    this.half = half;
    const precision = (type: 'float' | 'quantized'): Precision => (type === 'float' ? 'float32' : 'float16');
    this.ends = { input: precision(options.inputType), output: precision(options.outputType) };
    this.taken = namesDefinedIn(graph);
    this.takenNodes = new Set(graph.nodes.map((node) => node.name));
    this.constants = new Map([...graph.constants].filter(([, tensor]) => tensor.type !== 'float32'));
    this.values = new Map(graph.values);
  }

  write(): Graph {
    const inputs = this.graph.inputs.map((info) => this.input(info));
    for (const node of this.graph.nodes) this.node(node);
    const outputs = this.graph.outputs.map((info) => this.output(info));
    return { ...this.graph, inputs, outputs, nodes: this.nodes, constants: this.constants, values: this.values };
  }

  private input(info: TensorInfo): TensorInfo {
    if (info.type !== 'float32') return info;
    this.note(info.name, info.name, this.ends.input);
    return { ...info, type: this.ends.input };
  }

  private node(node: Node): void {
    const precision: Precision = this.half.has(node.name) ? 'float16' : 'float32';
    const fixedInputs = float32Inputs(node);
    const fixedOutputs = float32Outputs(node);
    const inputs = node.inputs.map((name, index) => {
      return readsShapesOnly(node) ? this.readAny(name) : this.read(name, fixedInputs.includes(index) ? 'float32' : precision);
    });
    const bodies = new Map([...namesReadBy(node)].filter((name) => !node.inputs.includes(name)).map((name) => [name, this.read(name, precision)]));
    const outputs = node.outputs.map((name, index) => this.make(name, fixedOutputs.includes(index) ? 'float32' : precision));
    const attributes = precision === 'float16' ? halfAttributes(node) : renameReads(node, bodies).attributes;
    this.nodes.push({ ...node, inputs, outputs, attributes });
  }

  /** A graph output keeps its name for whoever uses the model; where the node makes another precision, that gets a name of its own. */
  private make(name: string, precision: Precision): string {
    if (name === '' || this.view.typeOf(name) !== 'float32') return name;
    const clash = this.view.outputs.has(name) && precision !== this.ends.output;
    const made = clash ? freshName(`${name}_${precision}`, this.taken) : name;
    this.note(name, made, precision);
    return made;
  }

  private output(info: TensorInfo): TensorInfo {
    if (this.view.typeOf(info.name) !== 'float32') return info;
    // An input that is an output as well is handed through as it comes.
    const precision = this.view.inputs.has(info.name) ? this.ends.input : this.ends.output;
    this.read(info.name, precision);
    return { ...info, type: precision };
  }

  /** The name of a tensor in a precision; the first who asks for the one that it is not made in gets a Cast for all. */
  private read(name: string, precision: Precision): string {
    if (name === '' || this.view.typeOf(name) !== 'float32') return name;
    const known = this.names.get(name)?.[precision];
    if (known !== undefined) return known;
    const constant = this.view.constant(name);
    return constant ? this.constant(constant, precision) : this.cast(name, precision);
  }

  private readAny(name: string): string {
    const { float16, float32 } = this.names.get(name) ?? {};
    return float16 ?? float32 ?? this.read(name, 'float32');
  }

  private constant(constant: Tensor, precision: Precision): string {
    const { name } = constant;
    // A constant that is an output has its name taken by the precision of the outputs.
    const keepsName = this.view.outputs.has(name) ? precision === this.ends.output : !this.names.has(name);
    const copy = keepsName ? name : freshName(`${name}_${precision}`, this.taken);
    if (precision === 'float16') {
      const converted = halfConstant(constant);
      this.problems.push(...constantProblems(converted));
      this.constants.set(copy, { ...converted.tensor, name: copy });
    } else {
      this.constants.set(copy, { ...constant, name: copy });
    }
    this.note(name, copy, precision);
    return copy;
  }

  private cast(name: string, precision: Precision): string {
    const source = this.names.get(name)?.[other(precision)] as string;
    const result = this.view.outputs.has(name) && source !== name ? name : freshName(`${name}_${precision}`, this.taken);
    const attributes = new Map<string, Attribute>([['to', { kind: 'int', value: codeOf(precision) }]]);
    this.nodes.push({ name: freshName(`${name}_Cast_${precision}`, this.takenNodes), op: 'Cast', domain: '', inputs: [source], outputs: [result], attributes });
    this.note(name, result, precision);
    return result;
  }

  private note(name: string, made: string, precision: Precision): void {
    this.names.set(name, { ...this.names.get(name), [precision]: made });
    const known = this.graph.values.get(name);
    if (known) this.values.set(made, { ...known, name: made, type: precision });
  }
}

/** Attributes that state the type of a result. */
function halfAttributes(node: Node): Node['attributes'] {
  const float32 = codeOf('float32');
  const float16: Attribute = { kind: 'int', value: codeOf('float16') };
  if (node.op === 'Cast' && intAttribute(node, 'to', 0) === float32) return new Map(node.attributes).set('to', float16);
  if (node.op === 'EyeLike' && intAttribute(node, 'dtype', 0) === float32) return new Map(node.attributes).set('dtype', float16);
  if (node.op !== 'ConstantOfShape') return node.attributes;
  const value = tensorAttribute(node, 'value') ?? floatTensor('', [1], new Float32Array(1));
  return value.type === 'float32' ? new Map(node.attributes).set('value', { kind: 'tensor', value: halfConstant(value).tensor }) : node.attributes;
}
