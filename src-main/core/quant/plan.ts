import { CalibrantError } from '../../contract/errors.ts';
import type { Problem } from '../../contract/model.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { recipeConflicts } from '../../contract/recipe-conflicts.ts';
import { without } from '../onnx/attributes.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import { quantizationKind } from '../onnx/kind.ts';
import { renameReads } from '../onnx/passes/rename.ts';
import { excludedNodes } from './exclude.ts';
import { applyOverrides } from './overrides.ts';
import { placeParity } from './place-parity.ts';
import { placeNodes, type Placed } from './place.ts';
import { placeWeights } from './place-weights.ts';
import { plannedBiases, plannedWeights, settleBlocks } from './plan-weights.ts';
import { rulesFor } from './rules/index.ts';
import type { TargetRules } from './rules/rule.ts';
import { bitsOfCodes } from './scale.ts';
import { keepTrained, type Trained } from './trained.ts';
import type { IntegerType, Plan, PlannedActivation, PlannedBias, Scheme } from './types.ts';
import { unifyRanges } from './unify.ts';
import { viewGraph, type GraphView } from './view.ts';

/**
 * The opset that a recipe's result needs: 13 for a scale per channel, 21 for 16- and 4-bit codes and for blocks. ONNX Runtime's Python tool converts for
 * 16 bits and blocks, and writes 4-bit codes of older models with its own operators.
 */
export function requiredOpset({ format, activations, weights, blockSize, overrides, ortParity }: Recipe): number {
  if (format === 'float16' || format === 'qoperator' || format === 'dynamic') return 13;
  const types = [...(format === 'qdq' ? [activations] : []), weights, ...Object.values(overrides).flatMap(({ type }) => type ?? [])];
  const bits = types.flatMap((type) => (type === 'float' || type === 'float16' ? [] : [bitsOfCodes(type)]));
  return blockSize !== null || bits.includes(16) || (bits.includes(4) && !ortParity) ? 21 : 13;
}

/**
 * Decides what becomes of every tensor and every node, and why, from the model and the recipe alone.
 * @param prepared of `requiredOpset` at least, BatchNorm and constants folded, types and shapes known
 * @param trained parameters that the model was trained with, by activation
 * @throws CalibrantError `recipe-invalid` for an impossible combination, an exclusion or an override that matches nothing; `model-already-quantized`;
 *   `model-nothing-to-quantize`
 */
export function planQuantization(prepared: Model, recipe: Recipe, trained: ReadonlyMap<string, Trained> = new Map()): Plan {
  const [conflict] = recipeConflicts(recipe);
  if (conflict) throw new CalibrantError('recipe-invalid', conflict.message, { fix: JSON.stringify(conflict.fix) });
  const kind = quantizationKind(prepared.graph);
  if (kind !== 'none') {
    throw new CalibrantError('model-already-quantized', `The model is quantized already (${kind}); start from the float model it was made of.`, { kind });
  }
  const view = viewGraph(prepared.graph);
  const target = rulesFor(recipe);
  const excluded = excludedNodes(prepared.graph.nodes, recipe);
  const scheme = activationScheme(recipe);
  const withActivations = recipe.format === 'qdq' || recipe.format === 'qoperator';
  const placed = placeAll(view, target, excluded, scheme, recipe);
  if (placed.integer.size === 0) throw nothingToQuantize(placed);

  const warnings: Problem[] = [];
  const observed = unifyRanges(plannedActivations(view, placed, scheme), placed.unified);
  const { activations, weights: wanted } = applyOverrides(
    { activations: keepTrained(observed, trained), weights: plannedWeights(view, placed, recipe, warnings) },
    recipe,
    placed,
    view,
  );
  const weights = settleBlocks(wanted, activations, view, recipe, warnings);
  const biases = withActivations ? plannedBiases(view, placed, weights, recipe) : [];
  return {
    prepared,
    model: { ...prepared, graph: withoutFused(prepared.graph, placed, biases) },
    target,
    placements: placed.placements,
    activations,
    weights: recipe.weights === 'float16' ? [] : weights,
    halfWeights: recipe.weights === 'float16' ? weights.map(({ name }) => name) : [],
    biases,
    io: quantizedEnds(view, recipe, new Set(activations.map(({ name }) => name))),
    observed: [...new Set(activations.flatMap(({ range }) => (range.from === 'observed' ? range.observe : [])))],
    warnings,
  };
}

function placeAll(view: GraphView, target: TargetRules, excluded: Map<Node, string>, scheme: Scheme, recipe: Recipe): Placed {
  const { format } = recipe;
  if (format !== 'qdq' && format !== 'qoperator') return placeWeights(view, target, excluded, recipe);
  return target.parity ? placeParity(view, target, excluded, scheme, format) : placeNodes(view, target, excluded, scheme, recipe.inputType === 'quantized');
}

function activationScheme({ activations, symmetricActivations }: Recipe): Scheme {
  const type: IntegerType = activations === 'float' ? 'uint8' : activations;
  return { type, symmetric: symmetricActivations, axis: null, codes: 'restricted', blockSize: null };
}

/** @throws CalibrantError `recipe-invalid` where codes are wanted of an end that stays float */
function quantizedEnds(view: GraphView, { inputType, outputType }: Recipe, quantized: ReadonlySet<string>): Plan['io'] {
  const check = (what: string, wanted: Recipe['inputType'], names: Iterable<string>): void => {
    const float = wanted === 'quantized' ? [...names].find((name) => !quantized.has(name)) : undefined;
    if (float === undefined) return;
    throw new CalibrantError('recipe-invalid', `The recipe wants quantized ${what}s, but the ${what} ${float} stays float, since ${whoKeeps(view, float)}; leave the ${what}s float.`, { tensor: float }); // prettier-ignore
  };
  check('input', inputType, view.inputs);
  check('output', outputType, view.outputs);
  return { inputs: inputType, outputs: outputType };
}

/** What the plan says of the node at an end of the model. */
function whoKeeps(view: GraphView, end: string): string {
  const node = view.producers.get(end) ?? view.consumers.get(end)?.[0];
  return node ? `the node ${node.name} (${node.op}) there computes in float` : 'no node uses it';
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

function withoutFused(graph: Graph, placed: Placed, biases: PlannedBias[]): Graph {
  const finalName = (name: string): string => {
    let at = name;
    for (let next = placed.renamed.get(at); next !== undefined; next = placed.renamed.get(at)) at = next;
    return at;
  };
  const biased = new Set(biases.map((bias) => bias.node));
  const nodes = graph.nodes
    .filter((node) => !placed.fused.has(node))
    .map((node): Node => {
      const written = { ...renameReads(node, placed.rerouted), outputs: node.outputs.map(finalName) };
      return biased.has(node.name) ? { ...written, attributes: without(node.attributes, 'beta') } : written;
    });
  return { ...graph, nodes };
}
