import type { Placement } from '../../contract/results.ts';
import type { Node } from '../onnx/graph.ts';
import { knownRange, type Placed } from './place.ts';
import { refusalOf } from './refusal.ts';
import { activationInputs, ruleOf, type OperatorRule, type TargetRules } from './rules/rule.ts';
import type { PlannedActivation, Scheme } from './types.ts';
import type { GraphView } from './view.ts';

/**
 * Places the nodes as ONNX Runtime's Python tool does: in one pass along the graph, so that an operator that follows only sees what was quantized before
 * it, and with the tool's two ways of dropping a Relu or Clip (reference: the quantizers of ONNX Runtime 1.30).
 */
export function placeParity(view: GraphView, target: TargetRules, excluded: Map<Node, string>, scheme: Scheme, format: 'qdq' | 'qoperator'): Placed {
  const placer = new ParityPlacer(view, target, excluded, scheme, format);
  return placer.place();
}

const own = (name: string): PlannedActivation['range'] => ({ from: 'observed', observe: [name] });

class ParityPlacer {
  private readonly view: GraphView;
  private readonly target: TargetRules;
  private readonly excluded: Map<Node, string>;
  private readonly scheme: Scheme;
  private readonly format: 'qdq' | 'qoperator';
  private readonly integer: Placed['integer'] = new Map();
  private readonly ranges: Placed['ranges'] = new Map();
  private readonly fused: Placed['fused'] = new Set();
  private readonly renamed: Placed['renamed'] = new Map();
  private readonly rerouted: Placed['rerouted'] = new Map();

  constructor(view: GraphView, target: TargetRules, excluded: Map<Node, string>, scheme: Scheme, format: 'qdq' | 'qoperator') {
    this.view = view;
    this.target = target;
    this.excluded = excluded;
    this.scheme = scheme;
    this.format = format;
  }

  place(): Placed {
    const placements = this.view.graph.nodes.map((node): Placement => {
      const reason = this.placeNode(node);
      const placement = this.fused.has(node) ? 'fused' : this.integer.has(node) ? 'integer' : 'float';
      return { node: node.name, op: node.op, placement, reason: `${placement}: ${reason}` };
    });
    for (const name of this.rerouted.keys()) this.ranges.delete(name);
    const { integer, ranges, fused, renamed, rerouted } = this;
    return { placements, integer, ranges, unified: [], fused, renamed, rerouted };
  }

  /** @returns the reason */
  private placeNode(node: Node): string {
    const rule = ruleOf(this.target, node);
    const refusal = refusalOf(node, rule && this.withoutFloatBias(node, rule), this.view, this.target, this.excluded);
    if (rule === null || refusal !== null) return refusal ?? '';
    const inputs = activationInputs(rule, node).map((index) => this.source(node.inputs[index] as string));
    const waiting = rule.follows ? inputs.find((name) => !this.ranges.has(name) && !(rule.output === 'input' && this.view.constant(name))) : undefined;
    if (waiting !== undefined) return `its input ${waiting} is not quantized by the nodes before it`;
    if (rule.bounds) return this.format === 'qdq' ? this.placeBetweenPairs(node, rule) : this.placeOnCodes(node);
    this.mark(node, rule, inputs);
    return `${node.op} as the Python tool quantizes it`;
  }

  /** A bias that is no constant stays float, and does not keep the tool from quantizing its node. */
  private withoutFloatBias(node: Node, rule: OperatorRule): OperatorRule {
    if (!rule.bias || this.view.constant(node.inputs[rule.bias.input])) return rule;
    const rest = { ...rule };
    delete rest.bias;
    return rest;
  }

  /** The tensor that nodes read instead of one that was dropped. */
  private source(name: string): string {
    return this.rerouted.get(name) ?? name;
  }

  private mark(node: Node, rule: OperatorRule, inputs: readonly string[]): void {
    this.integer.set(node, rule);
    for (const name of inputs) if (!this.view.constant(name) && !this.ranges.has(name)) this.ranges.set(name, own(name));
    for (const output of node.outputs) {
      if (output === '' || this.view.typeOf(output) !== 'float32') continue;
      if (rule.output === 'own' || rule.keeps?.(node, this.view) === false) this.ranges.set(output, own(output));
      else if (rule.output === 'input') this.ranges.set(output, { from: 'shared', with: inputs[0] as string });
      else this.ranges.set(output, knownRange(rule.output(this.scheme), node.op));
    }
  }

  /** QDQ: an activation function goes if nobody else sees its input, whatever its bounds; the producer then writes its output. */
  private placeBetweenPairs(node: Node, rule: OperatorRule): string {
    const [input, output] = [node.inputs[0] as string, node.outputs[0] as string];
    this.observeBehind(input, output);
    this.ranges.set(output, own(output));
    if (this.scheme.symmetric || !this.isPrivate(input)) {
      this.integer.set(node, rule);
      return `${node.op} stays, since ${this.scheme.symmetric ? 'ranges are symmetric' : 'its input is used elsewhere too'}`;
    }
    this.ranges.delete(input);
    this.renamed.set(input, output);
    this.fused.add(node);
    return `${node.op} disappears in the range of ${output}`;
  }

  /** QOperator: an activation function of codes is dropped and the codes go on, even where others see them or where their range does not end at its bounds. */
  private placeOnCodes(node: Node): string {
    const [input, output] = [this.source(node.inputs[0] as string), node.outputs[0] as string];
    // The range of codes that went through one activation function is not looked at again.
    if (input === node.inputs[0]) this.observeBehind(input, output);
    if (this.scheme.symmetric) return `${node.op} stays, since ranges are symmetric`;
    if (!this.view.outputs.has(output)) {
      this.ranges.set(output, { from: 'shared', with: input });
      this.rerouted.set(output, input);
    } else if (this.isPrivate(input) && this.isPrivate(node.inputs[0] as string)) {
      this.ranges.set(output, this.ranges.get(input) as PlannedActivation['range']);
      this.ranges.delete(input);
      this.renamed.set(input, output);
    } else {
      return `${node.op} stays, though the Python tool loses it: it makes an output of the model, and its input is needed elsewhere`;
    }
    this.fused.add(node);
    return `${node.op} is dropped, and the codes of ${input} go on`;
  }

  /** Nothing but one node reads it. */
  private isPrivate(name: string): boolean {
    return this.view.consumers.get(name)?.length === 1 && !this.view.inputs.has(name) && !this.view.outputs.has(name);
  }

  /** What only an activation function reads has the range of that function's output. */
  private observeBehind(input: string, output: string): void {
    if (this.view.consumers.get(input)?.length === 1 && this.ranges.get(input)?.from === 'observed') this.ranges.set(input, own(output));
  }
}
