import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { floatAttribute, without } from '../onnx/attributes.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import { quantizationKind } from '../onnx/kind.ts';
import { excludedNodes } from './exclude.ts';
import { outputChannels, placeNodes, type Placed } from './place.ts';
import { activationInputs, ONNXRUNTIME } from './rules.ts';
import type { Plan, PlannedActivation, PlannedBias, PlannedWeight, Scheme } from './types.ts';
import { viewGraph, type GraphView } from './view.ts';

/**
 * Decides what becomes of every tensor and every node, and why, from the model and the recipe alone.
 * @param prepared opset ≥ 13, BatchNorm and constants folded, types and shapes known
 * @throws CalibrantError `recipe-invalid` for an impossible combination or an exclusion that matches nothing; `model-already-quantized`;
 *   `model-nothing-to-quantize`
 */
export function planQuantization(prepared: Model, recipe: Recipe): Plan {
  checkRecipe(recipe);
  const kind = quantizationKind(prepared.graph);
  if (kind !== 'none') {
    throw new CalibrantError('model-already-quantized', `The model is quantized already (${kind}); start from the float model it was made of.`, { kind });
  }
  const view = viewGraph(prepared.graph);
  const excluded = excludedNodes(prepared.graph.nodes, recipe.exclude);
  const placed = placeNodes(view, ONNXRUNTIME, excluded, recipe.symmetricActivations);
  if (placed.integer.size === 0) throw nothingToQuantize(placed);

  const warnings: Problem[] = [];
  const activations = plannedActivations(view, placed, { type: recipe.activations, symmetric: recipe.symmetricActivations, axis: null });
  const biases = plannedBiases(view, placed);
  return {
    prepared,
    model: { ...prepared, graph: withoutFused(prepared.graph, placed, biases) },
    placements: placed.placements,
    activations,
    weights: plannedWeights(view, placed, recipe, warnings),
    biases,
    observed: [...new Set(activations.flatMap(({ range }) => (range.from === 'observed' ? [range.observe] : [])))],
    warnings,
  };
}

function checkRecipe(recipe: Recipe): void {
  if (recipe.activations === 'int8' && recipe.weights === 'uint8') {
    throw new CalibrantError('recipe-invalid', 'No kernel multiplies int8 activations with uint8 weights; take int8 weights, or uint8 activations.');
  }
}

function nothingToQuantize(placed: Placed): CalibrantError {
  const reasons = [...new Set(placed.placements.map(({ reason }) => reason.replace(/^float: /, '')))].slice(0, 3);
  return new CalibrantError(
    'model-nothing-to-quantize',
    `No node of the model would run in integers${reasons.length ? ` (${reasons.join('; ')})` : ''}; exclude less, or leave this model float.`,
  );
}

/** In the order of the graph: its inputs, then what its nodes make. */
function plannedActivations(view: GraphView, placed: Placed, scheme: Scheme): PlannedActivation[] {
  const names = [...view.inputs, ...view.graph.nodes.flatMap((node) => node.outputs)];
  return names.flatMap((name) => {
    const range = placed.ranges.get(name);
    return range ? [{ name, scheme, range }] : [];
  });
}

function plannedWeights(view: GraphView, placed: Placed, recipe: Recipe, warnings: Problem[]): PlannedWeight[] {
  const weights = new Map<string, PlannedWeight>();
  const perChannel = recipe.granularity === 'per-channel';
  const plan = (name: string, node: Node, scheme: Scheme, channelAxis: number | null): void => {
    const known = weights.get(name);
    if (!known) {
      weights.set(name, { name, scheme, nodes: [node.name], channelAxis });
      return;
    }
    if (!known.nodes.includes(node.name)) known.nodes.push(node.name);
    // What is weights to one node and an element-wise constant to another is stored as weights.
    if (channelAxis === null) return;
    if (known.channelAxis === null) {
      Object.assign(known, { scheme, channelAxis });
    } else if (known.scheme.axis !== null && known.scheme.axis !== scheme.axis) {
      // One integer copy serves all nodes, and it has one channel axis at most.
      known.scheme = { type: recipe.weights, symmetric: recipe.weights === 'int8', axis: null };
      warnings.push({
        severity: 'note',
        code: 'weight-shared',
        message: `The weights ${name} are quantized per tensor, since the nodes ${known.nodes.join(', ')} share them along different axes.`,
        node: node.name,
        tensor: name,
      });
    }
  };
  for (const [node, rule] of placed.integer) {
    const weightName = rule.weight && node.inputs[rule.weight.input];
    const weight = view.constant(weightName);
    if (rule.weight && weight) {
      const channelAxis = rule.weight.axis(node, weight.dims.length);
      const axis = perChannel && (rule.weight.perChannel?.(weight.dims.length) ?? true) ? channelAxis : null;
      // Integer kernels want the same zero point in every channel: per-channel is always symmetric.
      plan(weight.name, node, { type: recipe.weights, symmetric: axis !== null || recipe.weights === 'int8', axis }, channelAxis);
    }
    for (const index of activationInputs(rule, node)) {
      const name = node.inputs[index] as string;
      if (!view.constant(name) || (weight && index === rule.weight?.input)) continue;
      plan(name, node, { type: recipe.activations, symmetric: recipe.symmetricActivations, axis: null }, null);
    }
  }
  return [...weights.values()];
}

function plannedBiases(view: GraphView, placed: Placed): PlannedBias[] {
  return [...placed.integer].flatMap(([node, rule]) => {
    const name = rule.bias && node.inputs[rule.bias.input];
    if (!rule.weight || !name || !view.constant(name)) return [];
    return [
      {
        name,
        node: node.name,
        input: node.inputs[0] as string,
        weight: node.inputs[rule.weight.input] as string,
        alpha: floatAttribute(node, 'alpha', 1),
        beta: floatAttribute(node, 'beta', 1),
        channels: outputChannels(node, rule, view),
      },
    ];
  });
}

function withoutFused(graph: Graph, placed: Placed, biases: PlannedBias[]): Graph {
  const finalName = (name: string): string => {
    const next = placed.renamed.get(name);
    return next === undefined ? name : finalName(next);
  };
  const scaled = new Set(biases.filter((bias) => bias.beta !== 1).map((bias) => bias.node));
  const nodes = graph.nodes
    .filter((node) => !placed.fused.has(node))
    .map((node): Node => {
      const outputs = node.outputs.map(finalName);
      return scaled.has(node.name) ? { ...node, outputs, attributes: without(node.attributes, 'beta') } : { ...node, outputs };
    });
  return { ...graph, nodes };
}
