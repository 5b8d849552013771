import { intAttribute, subgraphsOf } from '../onnx/attributes.ts';
import type { Node } from '../onnx/graph.ts';
import { activationInputs, operatorName, type OperatorRule, type TargetRules } from './rules/rule.ts';
import type { GraphView } from './view.ts';

/** Why a node has to stay float whatever its neighbours do; null where it may become integer. */
export function refusalOf(node: Node, rule: OperatorRule | null, view: GraphView, target: TargetRules, excluded: ReadonlyMap<Node, string>): string | null {
  const entry = excluded.get(node);
  if (entry !== undefined) return `excluded by the recipe (${entry})`;
  if (subgraphsOf(node).length > 0) return `${node.op} has a graph of its own inside, which stays float as a whole`;
  if (rule === null) return `operator ${operatorName(node)} has no integer form in ${target.name}`;
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
