import type { Placement } from '../../contract/results.ts';
import type { Node } from '../onnx/graph.ts';
import { findPatterns, type Pattern } from './patterns.ts';
import { refusalOf } from './refusal.ts';
import { activationInputs, ruleOf, type OperatorRule, type TargetRules } from './rules/rule.ts';
import type { Given, PlannedActivation, Scheme } from './types.ts';
import type { GraphView } from './view.ts';

/** What becomes of the nodes, and with it of the tensors between them. */
export interface Placed {
  /** In the order of the graph. */
  placements: Placement[];
  /** The nodes that run in integers, each with its rule. */
  integer: Map<Node, OperatorRule>;
  /** Quantized activations and where their ranges are from. */
  ranges: Map<string, PlannedActivation['range']>;
  /** Tensors that share their parameters because an operator wants it so; each list in the order of the graph. */
  unified: string[][];
  fused: Set<Node>;
  /** Tensor that vanishes → tensor whose name its producer takes over. */
  renamed: Map<string, string>;
  /** Tensor that vanishes → tensor that its consumers read instead. */
  rerouted: Map<string, string>;
}

/**
 * Decides every node in two passes: first the operators that gain from integers mark their tensors, then, along the graph, those that only follow
 * (they move data, bound it, or would be an island) where an input is marked.
 * @param scheme what an activation gets, for the ranges that depend on it
 * @param bareInputs the model takes codes, so that operators which move its inputs (Transpose, Slice) work on codes too
 */
export function placeNodes(view: GraphView, target: TargetRules, excluded: Map<Node, string>, scheme: Scheme, bareInputs = false): Placed {
  return new Placer(view, target, excluded, scheme).place(bareInputs);
}

class Placer {
  private readonly view: GraphView;
  private readonly target: TargetRules;
  private readonly excluded: Map<Node, string>;
  private readonly scheme: Scheme;
  private readonly integer: Placed['integer'] = new Map();
  private readonly ranges: Placed['ranges'] = new Map();
  private readonly fused: Placed['fused'] = new Set();
  private readonly renamed: Placed['renamed'] = new Map();
  private readonly unified: Placed['unified'] = [];
  private readonly reasons = new Map<Node, string>();
  /** Last node of a pattern that is decided as one → the pattern, and every other node of it → null. */
  private readonly units = new Map<Node, Pattern | null>();

  constructor(view: GraphView, target: TargetRules, excluded: Map<Node, string>, scheme: Scheme) {
    this.view = view;
    this.target = target;
    this.excluded = excluded;
    this.scheme = scheme;
  }

  place(bareInputs: boolean): Placed {
    const patterns = findPatterns(this.view).filter(({ nodes }) => !nodes.some((node) => this.excluded.has(node)));
    for (const pattern of patterns) {
      if (pattern.name === 'SiLU') continue;
      for (const node of pattern.nodes) this.units.set(node, node.outputs[0] === pattern.output ? pattern : null);
    }
    for (const node of this.view.graph.nodes) if (!this.units.has(node)) this.placeFirst(node);
    if (bareInputs) for (const { name, type } of this.view.graph.inputs) if (type === 'float32' && !this.ranges.has(name)) this.ranges.set(name, own(name));
    for (const node of this.view.graph.nodes) {
      if (this.units.has(node)) this.placeUnit(this.units.get(node) as Pattern | null);
      else this.placeFollower(node);
    }
    for (const pattern of patterns) if (pattern.name === 'SiLU') this.fixGate(pattern);
    const { integer, ranges, unified, fused, renamed } = this;
    return { placements: this.view.graph.nodes.map((node) => this.placementOf(node)), integer, ranges, unified, fused, renamed, rerouted: new Map() };
  }

  private placeFirst(node: Node): void {
    const rule = ruleOf(this.target, node);
    const refusal = refusalOf(node, rule, this.view, this.target, this.excluded);
    if (rule === null || refusal !== null) this.reasons.set(node, `float: ${refusal}`);
    else if (!rule.follows) this.mark(node, rule);
  }

  private mark(node: Node, rule: OperatorRule): void {
    this.integer.set(node, rule);
    const inputs = activationInputs(rule, node).flatMap((index) => (this.view.constant(node.inputs[index]) ? [] : [node.inputs[index] as string]));
    for (const name of inputs) if (!this.ranges.has(name)) this.ranges.set(name, own(name));
    const outputs = node.outputs.filter((output) => output !== '' && this.view.typeOf(output) === 'float32');
    for (const output of outputs) {
      if (rule.output === 'own') this.ranges.set(output, own(output));
      else if (rule.output === 'input') this.ranges.set(output, { from: 'shared', with: node.inputs[0] as string });
      else this.ranges.set(output, knownRange(rule.output(this.scheme), node.op));
    }
    if (rule.unified) this.unified.push([...new Set([...inputs, ...outputs])]);
  }

  private placeFollower(node: Node): void {
    const rule = ruleOf(this.target, node);
    if (rule === null || !rule.follows || this.reasons.has(node)) return;
    const inputs = activationInputs(rule, node).map((index) => node.inputs[index] as string);
    const marked = rule.output === 'input' ? this.ranges.has(node.inputs[0] as string) : inputs.some((name) => this.ranges.has(name));
    if (!marked) this.reasons.set(node, `float: its input ${inputs.join(' and ')} stays float`);
    else if (rule.bounds) this.placeActivation(node, rule);
    else this.mark(node, rule);
  }

  private placeActivation(node: Node, rule: OperatorRule): void {
    const [input, output] = [node.inputs[0] as string, node.outputs[0] as string];
    const obstacle = this.scheme.symmetric ? 'symmetric ranges do not end at its bounds' : this.obstacleToFusion(node, rule);
    if (obstacle === null) {
      this.fused.add(node);
      this.ranges.delete(input);
      this.renamed.set(input, output);
      this.reasons.set(node, `fused: ${node.op} disappears in the range of ${output}`);
    } else {
      const where = `${node.op} is computed between dequantized values, since ${obstacle}`;
      this.reasons.set(node, rule.standsAlone ? `integer: ${where}` : `float: ${where}`);
      if (rule.standsAlone) this.integer.set(node, rule);
      if (this.observableBehind(node, rule)) this.ranges.set(input, own(output));
    }
    this.ranges.set(output, own(output));
  }

  /** Computed in float from one quantized tensor to another; the tensors inside need no range. */
  private placeUnit(pattern: Pattern | null): void {
    if (!pattern) return;
    const { input, name } = pattern;
    const known = this.target.operators.has(name);
    const marked = known && this.ranges.has(input);
    const obstacle = known ? `the input ${input} of its ${name} stays float` : `its ${name} has no integer form in ${this.target.name}`;
    for (const node of pattern.nodes) {
      const where = `part of a ${name} of quantized values, which ${this.target.name} computes in float between them`;
      this.reasons.set(node, marked ? `integer: ${where}` : `float: ${obstacle}`);
      if (marked) this.integer.set(node, { activations: [], output: 'own' });
    }
    if (marked) this.ranges.set(pattern.output, own(pattern.output));
  }

  /** Clipping the top of the gate σ(x) would shrink the largest of x·σ(x), however rare they are. */
  private fixGate({ nodes: [sigmoid] }: Pattern): void {
    const gate = sigmoid?.outputs[0] as string;
    if (this.ranges.get(gate)?.from === 'observed') this.ranges.set(gate, { from: 'fixed', min: 0, max: 1, by: 'SiLU' });
  }

  private placementOf(node: Node): Placement {
    const rule = this.integer.get(node);
    const placement = rule ? 'integer' : this.fused.has(node) ? 'fused' : 'float';
    return { node: node.name, op: node.op, placement, reason: this.reasons.get(node) ?? integerReason(node, rule as OperatorRule, this.view, this.target) };
  }

  /** Why an activation function cannot disappear in its output's range; null if it can. */
  private obstacleToFusion(node: Node, rule: OperatorRule): string | null {
    const { view, ranges } = this;
    const input = node.inputs[0] as string;
    const bounds = rule.bounds?.(node, view) ?? null;
    if (bounds === null) return 'its bounds are not constant';
    // A quantized range always contains zero, so it cannot stand for a bound on the other side of it; the Python tool loses such a bound.
    if (!(bounds.min <= 0)) return `its lower bound ${bounds.min} is above zero`;
    if (!(bounds.max >= 0)) return `its upper bound ${bounds.max} is below zero`;
    if (view.inputs.has(input)) return 'its input is an input of the model';
    if (view.outputs.has(input)) return 'its input is an output of the model too';
    if ((view.consumers.get(input) ?? []).length > 1) return 'its input has other consumers';
    if (ranges.get(input)?.from !== 'observed') return 'the parameters of its input are not its own';
    return null;
  }

  /** The input of a kept activation function needs no more range than what passes through it. */
  private observableBehind(node: Node, rule: OperatorRule): boolean {
    const input = node.inputs[0] as string;
    const consumers = this.view.consumers.get(input) ?? [];
    return rule.bounds?.(node, this.view) != null && consumers.length === 1 && !this.view.outputs.has(input) && this.ranges.get(input)?.from === 'observed';
  }
}

const own = (name: string): PlannedActivation['range'] => ({ from: 'observed', observe: [name] });

/** A range, or a scale, that an operator's values have whatever the images are. */
export function knownRange(given: Given, by: string): PlannedActivation['range'] {
  return 'min' in given ? { from: 'fixed', ...given, by } : { from: 'given', given, by };
}

function integerReason(node: Node, rule: OperatorRule, view: GraphView, target: TargetRules): string {
  const kernel = rule.floatKernel?.(node) ? `, though ${target.name} itself computes it in float between them` : '';
  if (rule.weight && view.constant(node.inputs[rule.weight.input])) return `integer: ${node.op} of quantized values with constant weights${kernel}`;
  if (rule.output === 'input') return `integer: ${node.op} keeps the parameters of ${node.inputs[0]}${kernel}`;
  return `integer: ${node.op} of quantized values${kernel}`;
}
