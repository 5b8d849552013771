import type { Problem } from '../../../contract/model.ts';
import { stringAttribute } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/graph.ts';
import { floatsOf, floatTensor } from '../../onnx/tensor.ts';
import { fullCodes } from '../scale.ts';
import type { CodeParameters } from './code-parameters.ts';
import type { Draft } from './draft.ts';
import { passesCodes } from './integer-operators.ts';

/** Results that are never below zero. */
const NEVER_NEGATIVE = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Exp', 'Abs', 'Sqrt', 'Softplus', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare']);
/** Results that are never below zero where no input is. */
const KEEPS_SIGN = new Set([
  'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Concat', 'Add', 'Mul', 'Slice',
  'Gather', 'Split', 'Identity', 'Dropout', 'Expand', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'ReduceMean', 'ReduceMax', 'ReduceSum', 'Resize',
]); // prettier-ignore

/** Ends of ranges that a network of Relu6 leaves after calibration: the greatest of them is 6, up to rounding and a quantization step. */
const SIX = { min: 5.9, max: 6.1 };

/**
 * The activation functions of a quantized model of which only ranges are left: quantizers drop a ReLU where the range of its result starts at zero, since
 * nothing below it has a code. Without the codes it is needed again.
 */
export class RestoredActivations {
  private readonly draft: Draft;
  /** Tensors that are known to have no negative values. */
  private readonly notNegative = new Set<string>();
  /** Inputs of the model, also in another order: what users feed is theirs to bound. */
  private readonly inputs: Set<string>;
  /** Nodes of the draft that are taken into account. */
  private seen = 0;
  private readonly restored: { node: Node; end: number }[] = [];

  /** @param inputs of the model */
  constructor(draft: Draft, inputs: ReadonlySet<string>) {
    this.draft = draft;
    this.inputs = new Set(inputs);
  }

  /**
   * @param alone only the codes are made of the tensor, so that it can be the ReLU's result from now on
   * @returns the tensor that has no negative values
   */
  bounded(name: string, { type, scale, zeroPoint }: CodeParameters, alone: boolean): string {
    this.catchUp();
    const codes = fullCodes(type);
    if (scale.length !== 1 || zeroPoint[0] !== codes.min || this.isNeverNegative(name)) return name;
    const producer = this.draft.producer(name);
    if (!producer || this.inputs.has(name)) {
      this.notNegative.add(name);
      return name;
    }
    const from = alone ? this.draft.fresh(`${name}_before_relu`) : name;
    const to = alone ? name : this.draft.fresh(`${name}_relu`);
    if (alone) this.draft.renameOutput(producer, name, from);
    const node = this.draft.append('Relu', `${name}_Relu`, [from], to);
    this.restored.push({ node, end: (codes.max - codes.min) * (scale[0] as number) });
    return to;
  }

  /** Says what came back. Relu6 leaves no trace in a single range, but in all of them together. */
  finish(opset: number): Problem[] {
    const [first] = this.restored;
    if (!first) return [];
    const greatest = this.restored.reduce((most, { end }) => Math.max(most, end), 0);
    const six = greatest >= SIX.min && greatest <= SIX.max;
    if (six) this.boundAtSix(opset);
    const what = six ? 'Clip(0, 6), since their ranges end at 6' : 'Relu';
    const message = `Activation functions that only a range from zero was left of came back as ${what}: ${this.restored.length}, the first is ${first.node.name}.`;
    return [{ severity: 'note', code: 'dequantized-activations', message, node: first.node.name }];
  }

  private boundAtSix(opset: number): void {
    const bound = (name: string, value: number): string => {
      const free = this.draft.fresh(name);
      this.draft.constants.set(free, floatTensor(free, [], Float32Array.of(value)));
      return free;
    };
    const asInputs = opset >= 11 ? [bound('relu6_min', 0), bound('relu6_max', 6)] : null;
    for (const { node } of this.restored) {
      node.op = 'Clip';
      if (asInputs) node.inputs = [...node.inputs, ...asInputs];
      else node.attributes = new Map([['min', { kind: 'float', value: 0 }], ['max', { kind: 'float', value: 6 }]]); // prettier-ignore
    }
  }

  private isNeverNegative(name: string): boolean {
    const constant = this.draft.constant(name);
    return constant ? constant.type === 'float32' && floatsOf(constant).every((value) => value >= 0) : this.notNegative.has(name);
  }

  private catchUp(): void {
    for (; this.seen < this.draft.nodes.length; this.seen++) {
      const node = this.draft.nodes[this.seen] as Node;
      if (passesCodes(node) && this.inputs.has(node.inputs[0] as string)) for (const output of node.outputs) this.inputs.add(output);
      if (this.hasNoNegatives(node)) for (const output of node.outputs) this.notNegative.add(output);
    }
  }

  private hasNoNegatives(node: Node): boolean {
    if (node.domain !== '') return false;
    if (NEVER_NEGATIVE.has(node.op)) return true;
    if (node.op === 'Clip' && node.inputs[1] && this.isNeverNegative(node.inputs[1])) return true;
    if (!KEEPS_SIGN.has(node.op) || stringAttribute(node, 'mode', '') === 'cubic') return false;
    const data = node.op === 'Concat' || node.op === 'Add' || node.op === 'Mul' ? node.inputs : node.inputs.slice(0, 1);
    return data.every((input) => this.isNeverNegative(input));
  }
}
