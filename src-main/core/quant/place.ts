import type { Placement } from '../../contract/results.ts';
import type { Node } from '../onnx/graph.ts';
import { intAttribute } from '../onnx/attributes.ts';
import { activationInputs, ruleOf, type OperatorRule, type TargetRules } from './rules.ts';
import type { PlannedActivation } from './types.ts';
import type { GraphView } from './view.ts';

/** What becomes of the nodes, and with it of the tensors between them. */
export interface Placed {
  /** In the order of the graph. */
  placements: Placement[];
  /** The nodes that run in integers, each with its rule. */
  integer: Map<Node, OperatorRule>;
  /** Quantized activations and where their ranges are from. */
  ranges: Map<string, PlannedActivation['range']>;
  fused: Set<Node>;
  /** Tensor that vanishes → tensor whose name its producer takes over. */
  renamed: Map<string, string>;
}

/**
 * Decides every node in two passes: first the operators that gain from integers mark their tensors, then, along the graph, those that only follow
 * (they move data, or they bound it) where their input is marked.
 */
export function placeNodes(view: GraphView, target: TargetRules, excluded: Map<Node, string>, symmetricActivations: boolean): Placed {
  const integer = new Map<Node, OperatorRule>();
  const ranges: Placed['ranges'] = new Map();
  const fused = new Set<Node>();
  const renamed = new Map<string, string>();
  const reasons = new Map<Node, string>();
  const own = (name: string): PlannedActivation['range'] => ({ from: 'observed', observe: name });

  const markOutputs = (node: Node, rule: OperatorRule): void => {
    for (const output of node.outputs) {
      if (!output || view.typeOf(output) !== 'float32') continue;
      if (rule.output === 'own') ranges.set(output, own(output));
      else if (rule.output === 'input') ranges.set(output, { from: 'shared', with: node.inputs[0] as string });
      else ranges.set(output, { from: 'fixed', ...rule.output, by: node.op });
    }
  };

  for (const node of view.graph.nodes) {
    const rule = ruleOf(target, node);
    const refusal = refusalOf(node, rule, view, target, excluded);
    if (rule === null || refusal !== null) {
      reasons.set(node, `float: ${refusal}`);
    } else if (!rule.follows) {
      integer.set(node, rule);
      for (const index of activationInputs(rule, node)) {
        const name = node.inputs[index] as string;
        if (!view.constant(name) && !ranges.has(name)) ranges.set(name, own(name));
      }
      markOutputs(node, rule);
    }
  }

  for (const node of view.graph.nodes) {
    const rule = ruleOf(target, node);
    if (rule === null || !rule.follows || reasons.has(node)) continue;
    const input = node.inputs[0] as string;
    if (!ranges.has(input)) {
      reasons.set(node, `float: its input ${input} stays float`);
    } else if (!rule.bounds) {
      integer.set(node, rule);
      markOutputs(node, rule);
    } else {
      const obstacle = symmetricActivations ? 'symmetric ranges do not end at its bounds' : obstacleToFusion(node, rule, view, ranges);
      const output = node.outputs[0] as string;
      if (obstacle === null) {
        fused.add(node);
        ranges.delete(input);
        renamed.set(input, output);
        reasons.set(node, `fused: ${node.op} disappears in the range of ${output}`);
      } else {
        reasons.set(node, `float: ${node.op} is computed between dequantized values, since ${obstacle}`);
        if (observableBehind(node, rule, view, ranges)) ranges.set(input, own(output));
      }
      ranges.set(output, own(output));
    }
  }

  const placements = view.graph.nodes.map((node): Placement => {
    const rule = integer.get(node);
    const placement = rule ? 'integer' : fused.has(node) ? 'fused' : 'float';
    return { node: node.name, op: node.op, placement, reason: rule ? integerReason(node, rule, view, target) : (reasons.get(node) as string) };
  });
  return { placements, integer, ranges, fused, renamed };
}

function refusalOf(node: Node, rule: OperatorRule | null, view: GraphView, target: TargetRules, excluded: Map<Node, string>): string | null {
  const entry = excluded.get(node);
  if (entry !== undefined) return `excluded by the recipe (--exclude ${entry})`;
  if (rule === null) return `operator ${node.domain ? `${node.domain}::` : ''}${node.op} has no integer form in ${target.name}`;
  for (const index of [...activationInputs(rule, node), ...(rule.weight ? [rule.weight.input] : [])]) {
    const name = node.inputs[index];
    if (!name) continue;
    const type = view.typeOf(name);
    if (type === null) return `nothing is known of the type of its input ${name}`;
    if (type !== 'float32') return `it works on ${type} values`;
  }
  return rule.refuses?.(node, view) ?? (rule.bias ? biasObstacle(node, rule, view) : null);
}

/** A bias becomes int32 only if it is a constant with one value per output channel (or one for all). */
function biasObstacle(node: Node, rule: OperatorRule, view: GraphView): string | null {
  const name = rule.bias ? node.inputs[rule.bias.input] : undefined;
  if (!name) return null;
  const bias = view.constant(name);
  if (!bias) return 'its bias is not constant';
  if (bias.type !== 'float32') return `its bias is ${bias.type}`;
  // Its unit is the scale of the input, and constants have none as activations do.
  if (view.constant(node.inputs[0])) return 'its input is a constant';
  const elements = bias.dims.reduce((a, b) => a * b, 1);
  return elements === 1 || elements === outputChannels(node, rule, view) ? null : 'its bias is a matrix';
}

/** Output channels of a node with constant weights. */
export function outputChannels(node: Node, rule: OperatorRule, view: GraphView): number {
  const weight = rule.weight && view.constant(node.inputs[rule.weight.input]);
  const axis = weight ? rule.weight?.axis(node, weight.dims.length) : null;
  const channels = weight && typeof axis === 'number' ? (weight.dims[axis] as number) : 1;
  return node.op === 'ConvTranspose' ? channels * intAttribute(node, 'group', 1) : channels;
}

/** Why an activation function cannot disappear in its output's range; null if it can. */
function obstacleToFusion(node: Node, rule: OperatorRule, view: GraphView, ranges: Placed['ranges']): string | null {
  const input = node.inputs[0] as string;
  const bounds = rule.bounds?.(node, view) ?? null;
  if (bounds === null) return 'its bounds are not constant';
  // A quantized range always contains zero, so it cannot stand for a bound on the other side of it.
  if (!(bounds.min <= 0)) return `its lower bound ${bounds.min} is above zero`;
  if (!(bounds.max >= 0)) return `its upper bound ${bounds.max} is below zero`;
  if (view.inputs.has(input)) return 'its input is an input of the model';
  if (view.outputs.has(input)) return 'its input is an output of the model too';
  if ((view.consumers.get(input) ?? []).length > 1) return 'its input has other consumers';
  if (ranges.get(input)?.from !== 'observed') return 'the parameters of its input are not its own';
  return null;
}

/** The input of a kept activation function needs no more range than what passes through it. */
function observableBehind(node: Node, rule: OperatorRule, view: GraphView, ranges: Placed['ranges']): boolean {
  const input = node.inputs[0] as string;
  const consumers = view.consumers.get(input) ?? [];
  return rule.bounds?.(node, view) != null && consumers.length === 1 && !view.outputs.has(input) && ranges.get(input)?.from === 'observed';
}

function integerReason(node: Node, rule: OperatorRule, view: GraphView, target: TargetRules): string {
  const kernel = rule.floatKernel?.(node) ? `, though ${target.name} itself computes it in float between them` : '';
  if (rule.weight && view.constant(node.inputs[rule.weight.input])) return `integer: ${node.op} of quantized values with constant weights${kernel}`;
  if (rule.output === 'input') return `integer: ${node.op} keeps the parameters of ${node.inputs[0]}${kernel}`;
  return `integer: ${node.op} of quantized values${kernel}`;
}
