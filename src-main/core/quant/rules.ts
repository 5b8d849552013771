import type { Node } from '../onnx/graph.ts';
import { floatAttribute, intAttribute, stringAttribute } from '../onnx/attributes.ts';
import { clipBounds, padsWithZero, type Bounds } from './operators.ts';
import type { GraphView } from './view.ts';

/** What a target family does with one operator. Plan, emitters, validators and reports read the same table, so they cannot disagree. */
export interface OperatorRule {
  /** Inputs that are quantized as activations where they are no constants; constants among them take the activation type too. */
  activations: 'all' | readonly number[];
  /** The constant input in the weight type, and the axis of its output channels (null: it has none). `perChannel`: whether the kernel takes a scale for each. */
  weight?: { input: number; axis: (node: Node, rank: number) => number | null; perChannel?: (rank: number) => boolean };
  /** The constant input that becomes int32 in the unit of the accumulator. */
  bias?: { input: number };
  /**
   * Parameters of the float outputs: their `own` range, the `input`'s (the operator only moves or selects values), a range known beforehand, or
   * `none` (the outputs are no floats).
   */
  output: 'own' | 'input' | { min: number; max: number };
  /** Integer only where its first input already is: on its own it would gain nothing from quantization. */
  follows?: boolean;
  /** An activation function: the bounds between which it keeps values as they are; null where they are not known. It can vanish in a range. */
  bounds?: (node: Node, view: GraphView) => Bounds | null;
  /** The target has no integer kernel: it dequantizes, computes in float and quantizes again. Seen in the graphs that ONNX Runtime 1.30 optimizes to. */
  floatKernel?: (node: Node) => boolean;
  /** Why this node has to stay float, or null. */
  refuses?: (node: Node, view: GraphView) => string | null;
}

export interface TargetRules {
  /** For sentences. */
  name: string;
  operators: ReadonlyMap<string, OperatorRule>;
}

const always = (): boolean => true;
const everyInput: OperatorRule = { activations: 'all', output: 'own' };
const moves: OperatorRule = { activations: [0], output: 'input', follows: true };
const constantWeight =
  (input: number) =>
  (node: Node, view: GraphView): string | null =>
    view.constant(node.inputs[input]) ? null : 'its weights are not constant';

const activation = (bounds: OperatorRule['bounds']): OperatorRule => ({ activations: [0], output: 'own', follows: true, ...(bounds ? { bounds } : {}) });

/**
 * ONNX Runtime's CPU kernels behind QuantizeLinear/DequantizeLinear, opset 13 and above. Which operators and which of them share parameters follows
 * ONNX Runtime's own quantizer (reference: its QDQ registry), without the operators that it wraps in Q/DQ although they then compute in float
 * (normalizations, TopK, CumSum).
 */
export const ONNXRUNTIME: TargetRules = {
  name: 'ONNX Runtime',
  operators: new Map<string, OperatorRule>([
    ['Conv', { activations: [0], weight: { input: 1, axis: () => 0 }, bias: { input: 2 }, output: 'own', refuses: constantWeight(1) }],
    [
      'ConvTranspose',
      { activations: [0], weight: { input: 1, axis: () => 1 }, bias: { input: 2 }, output: 'own', refuses: constantWeight(1), floatKernel: always },
    ],
    [
      'Gemm',
      {
        activations: [0],
        weight: { input: 1, axis: (node) => (intAttribute(node, 'transB', 0) ? 0 : 1) },
        bias: { input: 2 },
        output: 'own',
        refuses: (node, view) =>
          constantWeight(1)(node, view) ?? (floatAttribute(node, 'alpha', 1) > 0 ? null : 'its alpha is not positive, so there is no scale for its bias'),
      },
    ],
    [
      'MatMul',
      {
        activations: [0, 1],
        // The last axis for every rank; a vector has no channels. QLinearMatMul refuses a scale per channel for other ranks than 2, when it runs.
        weight: { input: 1, axis: (_node, rank) => (rank > 1 ? rank - 1 : null), perChannel: (rank) => rank === 2 },
        output: 'own',
      },
    ],
    ['Add', everyInput],
    ['Mul', everyInput],
    ['Concat', everyInput],
    ['GlobalAveragePool', everyInput],
    ['LeakyRelu', everyInput],
    ['Sigmoid', everyInput],
    ['ArgMax', { ...everyInput, floatKernel: always }],
    ['Softmax', { activations: 'all', output: { min: 0, max: 1 } }],
    ['Relu', activation(() => ({ min: 0, max: Infinity }))],
    ['Clip', activation(clipBounds)],
    ['MaxPool', moves],
    ['AveragePool', moves],
    ['Reshape', moves],
    ['Transpose', moves],
    ['Squeeze', moves],
    ['Unsqueeze', moves],
    ['Flatten', moves],
    ['Slice', moves],
    ['Gather', moves],
    ['GatherElements', moves],
    [
      'Resize',
      {
        ...moves,
        floatKernel: (node) => stringAttribute(node, 'mode', 'nearest') !== 'nearest',
        refuses: (node) => (stringAttribute(node, 'mode', 'nearest') === 'cubic' ? 'cubic interpolation leaves the range of its input' : null),
      },
    ],
    ['Split', { activations: [0], output: 'input' }],
    [
      'Pad',
      {
        activations: [0],
        output: 'input',
        floatKernel: always,
        refuses: (node, view) => (padsWithZero(node, view) ? null : 'it pads with a value other than zero'),
      },
    ],
  ]),
};

/** The rule for a node; null where the target has no integer form of it. */
export function ruleOf(target: TargetRules, node: Node): OperatorRule | null {
  return node.domain === '' ? (target.operators.get(node.op) ?? null) : null;
}

/** Indices of the inputs that a rule quantizes as activations. */
export function activationInputs(rule: OperatorRule, node: Node): number[] {
  const all = node.inputs.map((_name, index) => index);
  return (rule.activations === 'all' ? all : all.filter((index) => (rule.activations as readonly number[]).includes(index))).filter(
    (index) => node.inputs[index] !== '',
  );
}
