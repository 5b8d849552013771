import type { Node } from '../../onnx/graph.ts';
import type { Bounds } from '../operators.ts';
import type { Given, Scheme } from '../types.ts';
import type { GraphView } from '../view.ts';

/** What a target family does with one operator. Plan, emitters, validators and reports read the same table, so they cannot disagree. */
export interface OperatorRule {
  /** Inputs that are quantized as activations where they are no constants; constants among them take the activation type too. */
  activations: 'all' | readonly number[];
  /** The constant input in the weight type, and the axis of its output channels (null: it has none). `perChannel`: whether the kernel takes a scale for each. */
  weight?: { input: number; axis: (node: Node, rank: number) => number | null; perChannel?: (rank: number) => boolean };
  /** The constant input that becomes int32 in the unit of the accumulator. */
  bias?: { input: number };
  /** Parameters of the float outputs: their `own` range, the `input`'s (the operator only moves or selects values), or a range known beforehand. */
  output: 'own' | 'input' | ((scheme: Scheme) => Given);
  /** With `input`: whether this node does keep its input's parameters, or has a range of its own after all. */
  keeps?: (node: Node, view: GraphView) => boolean;
  /** All quantized inputs and the output share one set of parameters: the kernel copies codes. */
  unified?: boolean;
  /** Integer only where its first input already is: on its own it would gain nothing from quantization. */
  follows?: boolean;
  /** An activation function: the bounds between which it keeps values as they are; null where they are not known. It can vanish in a range. */
  bounds?: (node: Node, view: GraphView) => Bounds | null;
  /** An activation function that cannot vanish is still a node between codes; without it, it is computed in float. */
  standsAlone?: boolean;
  /** The target has no integer kernel: it dequantizes, computes in float and quantizes again. Seen in the graphs that ONNX Runtime 1.30 optimizes to. */
  floatKernel?: (node: Node) => boolean;
  /** Why this node has to stay float, or null. */
  refuses?: (node: Node, view: GraphView) => string | null;
}

export interface TargetRules {
  /** For sentences. */
  name: string;
  /** By operator, those outside ai.onnx as `domain::Op`. */
  operators: ReadonlyMap<string, OperatorRule>;
  /** The choices of ONNX Runtime's Python tool where they lose something (reference: its defects). */
  parity: boolean;
}

/** Name of an operator in a table. */
export function operatorName({ domain, op }: Pick<Node, 'domain' | 'op'>): string {
  return domain === '' ? op : `${domain}::${op}`;
}

/** The rule for a node; null where the target has no integer form of it. */
export function ruleOf(target: TargetRules, node: Node): OperatorRule | null {
  return target.operators.get(operatorName(node)) ?? null;
}

/** Indices of the inputs that a rule quantizes as activations. */
export function activationInputs(rule: OperatorRule, node: Node): number[] {
  const all = node.inputs.map((_name, index) => index);
  return (rule.activations === 'all' ? all : all.filter((index) => (rule.activations as readonly number[]).includes(index))).filter(
    (index) => node.inputs[index] !== '',
  );
}
