import type { Recipe } from '../../contract/recipe.ts';
import type { Placement } from '../../contract/results.ts';
import type { Node } from '../onnx/graph.ts';
import type { Placed } from './place.ts';
import { refusalOf } from './refusal.ts';
import { ruleOf, type OperatorRule, type TargetRules } from './rules/rule.ts';
import type { GraphView } from './view.ts';

/** A table of rows to pick from, of which only the picked ones are needed in float. */
const GATHER: OperatorRule = { activations: [], weight: { input: 0, axis: (_node, rank) => (rank > 1 ? 0 : null) }, output: 'own' };

/** Operators with a form in integers that finds the range of its input itself. */
const DYNAMIC = new Set(['Conv', 'MatMul', 'Gemm']);

/** Places the nodes of which only the weights are quantized beforehand: `weight-only` and `dynamic`. */
export function placeWeights(
  view: GraphView,
  target: TargetRules,
  excluded: Map<Node, string>,
  { format, weights }: Pick<Recipe, 'format' | 'weights'>,
): Placed {
  const integer = new Map<Node, OperatorRule>();
  const placements = view.graph.nodes.map((node): Placement => {
    const { rule, refusal } = ruleFor(node, view, target, excluded, format);
    if (rule && refusal === null) {
      integer.set(node, rule);
      const kind = weights === 'float16' ? 'half-precision' : 'integer';
      const how = format === 'dynamic' ? 'in integers, with the range of its input found while it runs' : `of ${kind} weights, in float arithmetic`;
      return { node: node.name, op: node.op, placement: 'integer', reason: `integer: ${node.op} ${how}` };
    }
    return { node: node.name, op: node.op, placement: 'float', reason: `float: ${refusal ?? 'it has no weights'}` };
  });
  return { placements, integer, ranges: new Map(), unified: [], fused: new Set(), renamed: new Map(), rerouted: new Map() };
}

function ruleFor(
  node: Node,
  view: GraphView,
  target: TargetRules,
  excluded: Map<Node, string>,
  format: Recipe['format'],
): { rule: OperatorRule | null; refusal: string | null } {
  const found = node.op === 'Gather' && node.domain === '' && format === 'weight-only' ? GATHER : ruleOf(target, node);
  if (!found?.weight) return { rule: null, refusal: excluded.has(node) ? refusalOf(node, null, view, target, excluded) : null };
  const rule: OperatorRule = { activations: [], weight: found.weight, output: 'own' };
  const refusal = refusalOf(node, rule, view, target, excluded);
  if (refusal !== null) return { rule: null, refusal };
  if (!view.constant(node.inputs[found.weight.input])) return { rule: null, refusal: 'its weights are not constant' };
  if (format === 'dynamic' && !DYNAMIC.has(node.op)) return { rule: null, refusal: `ONNX has no integer ${node.op} for inputs of unknown range` };
  return { rule, refusal: null };
}
