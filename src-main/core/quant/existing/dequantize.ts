import { CalibrantError } from '../../../contract/errors.ts';
import type { Problem } from '../../../contract/model.ts';
import type { Graph, Model, Node, Tensor, TensorInfo } from '../../onnx/graph.ts';
import { quantizationOf } from '../../onnx/kind.ts';
import { countUses } from '../../onnx/names.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { dropDead } from '../../onnx/passes/drop-dead.ts';
import { renameReads } from '../../onnx/passes/rename.ts';
import { inferShapes } from '../../onnx/shapes.ts';
import type { Trained } from '../trained.ts';
import { viewGraph, type GraphView } from '../view.ts';
import { codeParameters, decodeConstant, encodeConstant, isCodeType, parametersOf, sameParameters, type CodeParameters } from './code-parameters.ts';
import { floatProduct, type FloatProduct } from './dynamic.ts';
import { floatForm, passesCodes, type FloatForm } from './integer-operators.ts';
import { Draft } from './draft.ts';
import { RestoredActivations } from './restore-activations.ts';

export interface Dequantized {
  /** Float, without QuantizeLinear, DequantizeLinear and integer operators. */
  model: Model;
  /** Float activation → the parameters that its codes had. */
  trained: Map<string, Trained>;
  /** What was done that a user should know. */
  notes: Problem[];
}

/**
 * The float model behind a quantized one (QDQ, QOperator, dynamic, weight-only, QAT exports): weights become the values that their codes stand for, integer
 * operators float ones, and the roundings between them disappear. Where a range from zero was the only trace of a ReLU, that comes back.
 * @throws CalibrantError `model-unsupported-operator` for integer operators that cannot be said in floats, with scales that are computed at run time or codes
 *   that are read with other parameters than they were written with
 */
export function dequantizeModel(model: Model): Dequantized {
  const dequantizer = new Dequantizer(model);
  const graph = inferShapes(dropDead(dequantizer.run(), { opset: opsetOf(model), note: () => undefined }), opsetOf(model));
  const left = graph.nodes.find(quantizationOf);
  if (left) throw undone(left, 'Calibrant cannot say in float what it computes');
  return { model: { ...model, graph }, trained: dequantizer.trained, notes: dequantizer.notes };
}

function undone(node: Node, reason: string): CalibrantError {
  const message = `Node ${node.name} (${node.op}) cannot be dequantized: ${reason}; start from the float model that this one was made from.`;
  return new CalibrantError('model-unsupported-operator', message, { node: node.name, op: node.op });
}

/** A tensor of codes, and the float tensor that takes its place. */
interface CodeTensor {
  name: string;
  /** null for codes that come into the model from outside, as long as nobody has read them. */
  parameters: CodeParameters | null;
}

class Dequantizer {
  trained = new Map<string, Trained>();
  readonly notes: Problem[] = [];
  private readonly model: Model;
  private readonly graph: Graph;
  private readonly view: GraphView;
  private readonly uses: Map<string, number>;
  private readonly draft: Draft;
  private readonly codes = new Map<string, CodeTensor>();
  /** Output of a DequantizeLinear → the float tensor to read instead. */
  private readonly instead = new Map<string, string>();
  private readonly activations: RestoredActivations;

  constructor(model: Model) {
    this.model = model;
    this.graph = model.graph;
    this.view = viewGraph(model.graph);
    this.uses = countUses(model.graph);
    this.draft = new Draft(model.graph);
    this.activations = new RestoredActivations(this.draft, this.view.inputs);
  }

  run(): Graph {
    const inputs = this.graph.inputs.map((info) => this.input(info));
    for (const node of this.graph.nodes) this.node(node);
    this.notes.push(...this.activations.finish(opsetOf(this.model)));
    const names = new Map<string, string>();
    const outputs = this.graph.outputs.map((info) => this.output(info, names));
    const rename = (name: string): string => names.get(name) ?? name;
    this.trained = new Map([...this.trained].map(([name, known]) => [rename(name), known]));
    const nodes = this.draft.nodes.map((node) => ({ ...renameReads(node, names), outputs: node.outputs.map(rename) }));
    const values = new Map([...this.graph.values].filter(([name]) => !this.codes.has(name)));
    return { ...this.graph, inputs, outputs, nodes, constants: this.draft.constants, values };
  }

  private readonly constant = (name: string | undefined): Tensor | undefined => this.draft.constant(name);

  private read(name: string): string {
    return this.instead.get(name) ?? name;
  }

  private input(info: TensorInfo): TensorInfo {
    if (!isCodeType(info.type) || !this.areCodes(info.name)) return info;
    this.codes.set(info.name, { name: info.name, parameters: null });
    this.note('dequantized-input', `The input ${info.name} took ${info.type} codes; in the float model it takes the values that they stand for.`, info.name);
    return { ...info, type: 'float32' };
  }

  /** Whether all that an input goes to are nodes that know its scale. */
  private areCodes(name: string): boolean {
    const readers = this.view.consumers.get(name) ?? [];
    return (
      readers.length > 0 &&
      readers.every((node) => {
        if (node.op === 'DequantizeLinear') return node.inputs[0] === name;
        if (passesCodes(node)) return this.areCodes(node.outputs[0] as string);
        return floatForm(node)?.inputs.some(([index, scale]) => scale !== undefined && node.inputs[index] === name) ?? false;
      })
    );
  }

  private node(node: Node): void {
    const form = floatForm(node);
    const done =
      node.op === 'QuantizeLinear' ? this.quantize(node)
      : node.op === 'DequantizeLinear' ? this.dequantize(node)
      : form ? this.integer(node, form)
      : passesCodes(node) && node.inputs.some((name) => this.codes.has(name)) ? this.pass(node)
      : this.product(node); // prettier-ignore
    if (!done) this.draft.emit(renameReads(node, this.instead));
  }

  private quantize(node: Node): boolean {
    const source = node.inputs[0] as string;
    const [name, result] = [this.read(source), node.outputs[0] as string];
    const parameters = parametersOf(node, this.constant, null);
    if (!parameters) return false;
    const weights = this.constant(name);
    if (!weights) {
      this.codes.set(result, { name: this.activations.bounded(name, parameters, source === name && (this.uses.get(name) ?? 0) <= 1), parameters });
      this.remember(result);
      return true;
    }
    // Weights that a QAT export keeps in float: what counts is what the rounding leaves of them.
    const rounded = decodeConstant(this.draft.fresh(`${name}_dequantized`), encodeConstant(name, weights, parameters), parameters);
    this.draft.constants.set(rounded.name, rounded);
    this.codes.set(result, { name: rounded.name, parameters });
    return true;
  }

  private dequantize(node: Node): boolean {
    const [name, result] = [node.inputs[0] as string, node.outputs[0] as string];
    const constant = this.constant(name);
    const parameters = parametersOf(node, this.constant, constant?.type ?? this.codes.get(name)?.parameters?.type ?? this.view.typeOf(name));
    if (!parameters) return false;
    if (constant) {
      this.draft.constants.set(result, decodeConstant(result, constant, parameters));
      return true;
    }
    const float = this.decoded(node, name, parameters);
    if (float === null) return false;
    this.instead.set(result, float);
    return true;
  }

  /** The float tensor that takes the place of codes which a node reads with these parameters; null for codes of unknown origin. */
  private decoded(node: Node, name: string, parameters: CodeParameters): string | null {
    const known = this.codes.get(name);
    if (!known) return null;
    if (known.parameters === null) {
      known.parameters = parameters;
      this.remember(name);
    } else if (!sameParameters(known.parameters, parameters)) {
      throw undone(node, `it reads the codes of ${name} with another scale or zero point than they were written with`);
    }
    return known.name;
  }

  private integer(node: Node, form: FloatForm): boolean {
    const parameters: CodeParameters[] = [];
    const inputs: string[] = [];
    for (const [index, scale, zeroPoint] of form.inputs) {
      const name = node.inputs[index] as string;
      if (scale === undefined || zeroPoint === undefined) {
        inputs.push(this.read(name));
        continue;
      }
      const constant = this.constant(name);
      const type = constant?.type ?? this.codes.get(name)?.parameters?.type ?? this.constant(node.inputs[zeroPoint])?.type ?? this.view.typeOf(name);
      if (type === null || !isCodeType(type)) return false;
      const channelAxis = form.channelAxis(constant?.dims.length ?? 2);
      const p = codeParameters(type, this.constant(node.inputs[scale]), this.constant(node.inputs[zeroPoint]), channelAxis);
      const float = p && (constant ? this.decodedWeights(constant, p) : this.decoded(node, name, p));
      if (!p || float === null) return false;
      parameters.push(p);
      inputs.push(float);
    }
    const bias = form.bias && this.constant(node.inputs[form.bias.input]);
    if (form.bias && bias) {
      const [input, weight] = parameters as [CodeParameters, CodeParameters];
      const scale = weight.scale.map((one) => Math.fround((input.scale[0] as number) * one) * (form.bias?.alpha ?? 1));
      inputs.push(
        this.decodedWeights(bias, { type: 'int32', scale, zeroPoint: new Int32Array(scale.length), axis: scale.length > 1 ? 0 : null, blockSize: null }),
      );
    } else if (form.bias && node.inputs[form.bias.input]) {
      return false;
    }
    const result = node.outputs[0] as string;
    const written = { ...node, op: form.op, domain: '', inputs, attributes: form.attributes };
    if (form.output === null) {
      this.draft.emit(written);
      return true;
    }
    const zero = this.constant(node.inputs[form.output + 1]);
    const type = zero?.type ?? 'uint8';
    const p = isCodeType(type) ? codeParameters(type, this.constant(node.inputs[form.output]), zero, 1) : null;
    if (!p) return false;
    const name = this.floatName(result);
    this.draft.emit({ ...written, outputs: [name] });
    this.codes.set(result, { name: this.activations.bounded(name, p, true), parameters: p });
    this.remember(result);
    return true;
  }

  private decodedWeights(codes: Tensor, parameters: CodeParameters): string {
    const name = this.floatName(codes.name);
    this.draft.constants.set(name, decodeConstant(name, codes, parameters));
    return name;
  }

  /** Quantizers name codes after the float tensor. */
  private floatName(codes: string): string {
    return this.draft.fresh(codes.endsWith('_quantized') ? codes.slice(0, -'_quantized'.length) : `${codes}_float`);
  }

  /** Constants beside codes (the value that a Pad adds, the other part of a Concat) are codes with the same parameters. */
  private pass(node: Node): boolean {
    const first = node.inputs.find((name) => this.codes.has(name)) as string;
    const { parameters } = this.codes.get(first) as CodeTensor;
    const inputs = node.inputs.map((name) => {
      const constant = this.constant(name);
      if (constant && parameters && constant.type === parameters.type) return this.decodedWeights(constant, parameters);
      return this.codes.get(name)?.name ?? this.read(name);
    });
    this.draft.emit({ ...node, inputs });
    for (const output of node.outputs) {
      if (output && !['ArgMax', 'ArgMin', 'Shape'].includes(node.op)) this.codes.set(output, { name: output, parameters });
      if (node.op === 'MaxPool') break;
    }
    return true;
  }

  private product(node: Node): boolean {
    const product: FloatProduct | null = floatProduct(node, (name) => this.view.producers.get(name ?? ''), this.constant);
    if (!product) return false;
    const weight = this.draft.fresh(product.weight.name);
    this.draft.constants.set(weight, { ...product.weight, name: weight });
    const result = node.outputs[0] as string;
    const sum = product.bias === null ? result : this.draft.fresh(`${result}_product`);
    const { op, attributes } = product;
    this.draft.emit({ ...node, op, domain: '', inputs: [this.read(product.input), weight], outputs: [sum], attributes });
    if (product.bias !== null) this.draft.append('Add', `${node.name}_bias`, [sum, this.read(product.bias)], result);
    return true;
  }

  private remember(codes: string): void {
    const { name, parameters } = this.codes.get(codes) as CodeTensor;
    if (!parameters || parameters.type === 'int32' || this.trained.has(name)) return;
    const { type, scale, zeroPoint } = parameters;
    if (scale.length === 1) this.trained.set(name, { type, scale: scale[0] as number, zeroPoint: zeroPoint[0] as number });
    else
      this.note('dequantized-per-channel', `The activation ${name} had a scale for each channel, which no recipe can ask for; its range is found anew.`, name);
  }

  /** @param names collects what has to be called like an output of the model from now on */
  private output(info: TensorInfo, names: Map<string, string>): TensorInfo {
    const codes = this.codes.get(info.name);
    if (codes) {
      this.note(
        'dequantized-output',
        `The output ${info.name} gave ${info.type} codes; in the float model it gives the values that they stand for.`,
        info.name,
      );
    }
    const from = codes?.name ?? this.read(info.name);
    const result: TensorInfo = codes ? { ...info, type: 'float32' } : info;
    if (from === info.name) return result;
    const free = !names.has(from) && !this.view.outputs.has(from) && this.draft.producer(from) !== undefined;
    if (free) names.set(from, info.name);
    else this.draft.append('Identity', `${info.name}_Identity`, [from], info.name);
    return result;
  }

  private note(code: string, message: string, tensor: string): void {
    this.notes.push({ severity: 'note', code, message, tensor });
  }
}
