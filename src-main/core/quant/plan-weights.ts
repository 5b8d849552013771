import type { Problem } from '../../contract/model.ts';
import type { IntegerType, Recipe } from '../../contract/recipe.ts';
import { floatAttribute } from '../onnx/attributes.ts';
import type { Node } from '../onnx/graph.ts';
import type { Placed } from './place.ts';
import { outputChannels } from './refusal.ts';
import { activationInputs, type OperatorRule } from './rules/rule.ts';
import { bitsOfCodes, isSigned } from './scale.ts';
import { parityElementwiseScheme, parityWeightScheme } from './scheme-parity.ts';
import type { PlannedActivation, PlannedBias, PlannedWeight, Scheme } from './types.ts';
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
  return [...weights.values()];
}

/**
 * Leaves blocks only where they can be computed, and says where they are not. Of a MatMul between 8-bit codes ONNX Runtime (1.30) makes a QLinearMatMul
 * whatever the scales are, which then fails at its first run: such weights have a scale per channel. The Python tool writes them, and so does parity.
 */
export function settleBlocks(
  weights: readonly PlannedWeight[],
  activations: readonly PlannedActivation[],
  view: GraphView,
  recipe: Recipe,
  warnings: Problem[],
): PlannedWeight[] {
  const eightBit = new Set(activations.filter(({ scheme }) => bitsOfCodes(scheme.type) === 8).map(({ name }) => name));
  const fused = new Set(view.graph.nodes.filter(({ op, inputs }) => op === 'MatMul' && eightBit.has(inputs[0] as string)).map(({ name }) => name));
  const settled = weights.map((weight): PlannedWeight => {
    const { name: tensor, scheme, channelAxis, nodes } = weight;
    const node = scheme.blockSize !== null && bitsOfCodes(scheme.type) === 8 ? nodes.find((name) => fused.has(name)) : undefined;
    if (node === undefined) return weight;
    if (!recipe.ortParity) return { ...weight, scheme: { ...scheme, symmetric: true, axis: channelAxis, blockSize: null } };
    const message = `Node ${node}: ONNX Runtime cannot run a MatMul of 8-bit activations and 8-bit weights in blocks unless its graph optimizations are off; the Python tool writes it all the same.`;
    warnings.push({ severity: 'warning', code: 'blocks-without-kernel', message, node, tensor });
    return weight;
  });
  const whole = settled.filter(({ channelAxis, scheme }) => channelAxis !== null && scheme.blockSize === null);
  if (recipe.blockSize !== null && whole.length > 0) {
    const others = whole.length === 1 ? 'one other weight has' : `${whole.length} other weights have`;
    const how = bitsOfCodes(whole[0]?.scheme.type ?? 'int8') === bitsOfCodes(recipe.weights === 'float16' ? 'int8' : recipe.weights) ? '' : '8 bits and ';
    const message = `Blocks are for the weights of MatMul, Gemm and Gather; ${others} ${how}a scale ${recipe.granularity === 'per-channel' ? 'per channel' : 'for all'}, the first is ${whole[0]?.name}.`;
    warnings.push({ severity: 'note', code: 'weights-without-blocks', message, tensor: whole[0]?.name ?? '' });
  }
  return settled;
}

/** Constants of element-wise operators stand beside activations, and the kernels want both of one type. */
function elementwiseScheme(recipe: Recipe): Scheme {
  const type: IntegerType = recipe.activations === 'float' ? 'uint8' : recipe.activations;
  const scheme: Scheme = { type, symmetric: recipe.symmetricActivations, axis: null, codes: 'restricted', blockSize: null };
  return recipe.ortParity ? parityElementwiseScheme(scheme, recipe) : scheme;
}

function weightScheme(node: Node, rule: OperatorRule, rank: number, recipe: Recipe): Scheme {
  // Half-precision weights have no scheme; whatever is said here is not used.
  const type = recipe.weights === 'float16' ? 'int8' : recipe.weights;
  const channelAxis = rule.weight?.axis(node, rank) ?? null;
  const perChannel = recipe.granularity === 'per-channel' && (rule.weight?.perChannel?.(rank) ?? true);
  const blocks = recipe.blockSize !== null && rank === 2 && channelAxis !== null;
  // Blocks are cut along the axis that is summed over.
  const axis = blocks ? 1 - channelAxis : perChannel ? channelAxis : null;
  // Integer kernels want the same zero point in every channel: per-channel is symmetric unless somebody asks for more.
  const symmetric = recipe.symmetricWeights ?? (isSigned(type) || (axis !== null && !blocks));
  const scheme: Scheme = { type: narrowed(type, blocks, recipe), symmetric, axis, codes: recipe.weightCodes, blockSize: blocks ? recipe.blockSize : null };
  if (recipe.weightOnlyForm === 'contrib') scheme.arithmetic = 'nbits';
  return recipe.ortParity ? parityWeightScheme(scheme, node, channelAxis, recipe) : scheme;
}

/** Four bits serve where a few values share a scale; with one for a whole filter they wreck a convolution (MobileNetV2: 100 → 0 %). */
function narrowed(type: IntegerType, blocks: boolean, { blockSize, ortParity }: Recipe): IntegerType {
  if (blockSize === null || blocks || ortParity) return type;
  return type === 'int4' ? 'int8' : type === 'uint4' ? 'uint8' : type;
}

/** Constant biases that become int32: those whose accumulator has one unit per channel. */
export function plannedBiases(view: GraphView, placed: Placed, weights: readonly PlannedWeight[], { ortParity, format }: Recipe): PlannedBias[] {
  const inBlocks = new Set(weights.filter(({ scheme }) => scheme.blockSize !== null).map(({ name }) => name));
  const biases = [...placed.integer].flatMap(([node, rule]): PlannedBias[] => {
    const name = rule.bias && node.inputs[rule.bias.input];
    const input = node.inputs[0] as string;
    if (!rule.weight || !name || !view.constant(name) || inBlocks.has(node.inputs[rule.weight.input] as string)) return [];
    return [
      {
        name,
        node: node.name,
        input: placed.rerouted.get(input) ?? input,
        weight: node.inputs[rule.weight.input] as string,
        // The Python tool takes beta for a part of the unit, drops it from the node, and knows no alpha.
        alpha: floatAttribute(node, ortParity ? 'beta' : 'alpha', 1),
        beta: ortParity ? 1 : floatAttribute(node, 'beta', 1),
        channels: outputChannels(node, rule, view),
      },
    ];
  });
  if (!ortParity || format !== 'qoperator') return biases;
  // In QOperator the Python tool codes a shared bias once, in the unit of the first node, and gives these codes to all.
  const first = new Map([...biases].reverse().map((bias) => [bias.name, bias]));
  return biases.map((bias) => ({ ...(first.get(bias.name) as PlannedBias), node: bias.node }));
}
