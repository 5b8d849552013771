import type { Problem } from '../../contract/model.ts';
import type { IntegerType, Recipe } from '../../contract/recipe.ts';
import { floatAttribute } from '../onnx/attributes.ts';
import type { Node } from '../onnx/graph.ts';
import type { Placed } from './place.ts';
import { outputChannels } from './refusal.ts';
import { activationInputs, type OperatorRule } from './rules/rule.ts';
import { isSigned } from './scale.ts';
import type { PlannedBias, PlannedWeight, Scheme } from './types.ts';
import type { GraphView } from './view.ts';

/** Constants that integer nodes use, each once, in the order of the nodes. */
export function plannedWeights(view: GraphView, placed: Placed, recipe: Recipe, warnings: Problem[]): PlannedWeight[] {
  const weights = new Map<string, PlannedWeight>();
  const plan = (name: string, node: Node, scheme: Scheme, channelAxis: number | null): void => {
    const known = weights.get(name);
    if (!known) {
      weights.set(name, { name, scheme, nodes: [node.name], channelAxis, given: null });
      return;
    }
    if (!known.nodes.includes(node.name)) known.nodes.push(node.name);
    // What is weights to one node and an element-wise constant to another is stored as weights.
    if (channelAxis === null) return;
    if (known.channelAxis === null) {
      Object.assign(known, { scheme, channelAxis });
    } else if (known.scheme.axis !== null && (known.scheme.axis !== scheme.axis || known.scheme.blockSize !== scheme.blockSize)) {
      // One integer copy serves all nodes, and it has one channel axis at most.
      known.scheme = { ...scheme, symmetric: recipe.symmetricWeights ?? isSigned(scheme.type), axis: null, blockSize: null };
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
    const weight = view.constant(rule.weight && node.inputs[rule.weight.input]);
    if (rule.weight && weight) plan(weight.name, node, weightScheme(node, rule, weight.dims.length, recipe), rule.weight.axis(node, weight.dims.length));
    for (const index of activationInputs(rule, node)) {
      const name = node.inputs[index] as string;
      if (!view.constant(name) || (weight && index === rule.weight?.input)) continue;
      plan(name, node, elementwiseScheme(recipe), null);
    }
  }
  const whole = [...weights.values()].filter(({ channelAxis, scheme }) => channelAxis !== null && scheme.blockSize === null);
  if (recipe.blockSize !== null && whole.length > 0) {
    const message = `Blocks are for matrices; ${whole.length} other weights have a scale ${recipe.granularity === 'per-channel' ? 'per channel' : 'for all'}, the first are ${whole[0]?.name}.`;
    warnings.push({ severity: 'note', code: 'weights-without-blocks', message, tensor: whole[0]?.name ?? '' });
  }
  return [...weights.values()];
}

/** Constants of element-wise operators stand beside activations, and the kernels want both of one type. */
function elementwiseScheme({ activations, symmetricActivations, ortParity, format, weightCodes }: Recipe): Scheme {
  const type: IntegerType = activations === 'float' ? 'uint8' : activations;
  const codes = ortParity && format === 'qdq' ? weightCodes : 'restricted';
  return { type, symmetric: symmetricActivations, axis: null, codes, blockSize: null };
}

function weightScheme(node: Node, rule: OperatorRule, rank: number, recipe: Recipe): Scheme {
  // Half-precision weights have no scheme; whatever is said here is not used.
  const type = recipe.weights === 'float16' ? 'int8' : recipe.weights;
  const channelAxis = rule.weight?.axis(node, rank) ?? null;
  const perChannel = recipe.granularity === 'per-channel' && (rule.weight?.perChannel?.(rank) ?? true);
  // The Python tool's symmetric int4 is spread over −8 … 7, so that the greatest weight is clipped.
  const codes = recipe.ortParity && type === 'int4' && recipe.weightCodes === 'restricted' ? 'full' : recipe.weightCodes;
  const whole: Scheme = { type, symmetric: isSigned(type), axis: null, codes, blockSize: null };
  const blocks = recipe.blockSize !== null && rank === 2 && channelAxis !== null;
  const along = blocks ? blockAxis(channelAxis, recipe) : perChannel ? channelAxis : null;
  // Integer kernels want the same zero point in every channel: per-channel is symmetric unless somebody asks for more.
  const symmetric = recipe.symmetricWeights ?? (isSigned(type) || (along !== null && !blocks));
  return { ...whole, symmetric, axis: along, blockSize: blocks ? recipe.blockSize : null };
}

/** Blocks are cut along the axis that is summed over; the Python tool cuts the channels instead. */
function blockAxis(channelAxis: number, { ortParity, granularity }: Recipe): number {
  if (!ortParity) return 1 - channelAxis;
  return granularity === 'per-channel' ? channelAxis : 0;
}

/** Constant biases that become int32: those whose accumulator has one unit per channel. */
export function plannedBiases(view: GraphView, placed: Placed, weights: readonly PlannedWeight[], parity: boolean): PlannedBias[] {
  const inBlocks = new Set(weights.filter(({ scheme }) => scheme.blockSize !== null).map(({ name }) => name));
  return [...placed.integer].flatMap(([node, rule]) => {
    const name = rule.bias && node.inputs[rule.bias.input];
    if (!rule.weight || !name || !view.constant(name) || inBlocks.has(node.inputs[rule.weight.input] as string)) return [];
    return [
      {
        name,
        node: node.name,
        input: node.inputs[0] as string,
        weight: node.inputs[rule.weight.input] as string,
        // The Python tool takes beta for a part of the unit, drops it from the node, and knows no alpha.
        alpha: floatAttribute(node, parity ? 'beta' : 'alpha', 1),
        beta: parity ? 1 : floatAttribute(node, 'beta', 1),
        channels: outputChannels(node, rule, view),
      },
    ];
  });
}
