import type { Problem } from '../../contract/model.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { Placement } from '../../contract/results.ts';
import { floatAttribute, intAttribute } from '../onnx/attributes.ts';
import type { Node } from '../onnx/graph.ts';
import { clipBounds } from './operators.ts';
import type { Plan, QuantizedGraph } from './types.ts';
import { viewGraph, type GraphView } from './view.ts';

type Difference = Pick<Problem, 'message' | 'node' | 'tensor'>;

/**
 * Where a result is not what ONNX Runtime's Python tool would have made of the same recipe, and why: its range methods, the nodes that it treats otherwise, and
 * each place that one of its defects would have touched (reference: the defects of ONNX Runtime 1.30).
 * @param parity the tool's plan for the same model; null where it would have refused
 * @param opset of the float model before it was prepared
 */
export function differencesFromPythonTool(quantized: QuantizedGraph, parity: Plan | null, recipe: Recipe, opset: number): Problem[] {
  const view = viewGraph(quantized.plan.prepared.graph);
  const found = [
    ...rangeDifference(recipe),
    ...opsetDifference(recipe, opset),
    ...(parity ? placementDifferences(quantized.plan.placements, parity.placements) : [{ message: 'The Python tool would have quantized nothing here.' }]),
    ...quantized.plan.prepared.graph.nodes.flatMap((node) => nodeDefects(node, view, recipe, quantized)),
    ...tensorDifferences(quantized),
  ];
  return found.map((difference) => ({ severity: 'note', code: 'differs-from-python-tool', ...difference }));
}

const RANGES: Partial<Record<Recipe['range'], string>> = {
  mse: 'Ranges are those of the least squared error, a method that the Python tool does not have; its default is min-max.',
  octav: 'Ranges follow OCTAV, a method that the Python tool does not have; its default is min-max.',
  entropy: 'Ranges follow a real search for the least divergence; the Python tool’s entropy, with the 128 bins that it has by default, has one candidate, the whole range.',
  percentile: 'Percentiles cut both ends of a distribution; the Python tool’s take |x|, in bins that the first images fix.',
}; // prettier-ignore

function rangeDifference({ range }: Recipe): Difference[] {
  const message = RANGES[range];
  return message === undefined ? [] : [{ message }];
}

/** DequantizeLinear has channels since opset 13; the tool converts models below 10 to 11, and no others for 8 bits. */
function opsetDifference({ granularity, format }: Recipe, opset: number): Difference[] {
  if (opset >= 13 || granularity !== 'per-channel' || format !== 'qdq') return [];
  return [
    { message: `The model was of opset ${opset}, for which the Python tool writes scales per channel that ONNX Runtime does not load; here it is converted.` },
  ];
}

function placementDifferences(ours: readonly Placement[], theirs: readonly Placement[]): Difference[] {
  const tool = new Map(theirs.map(({ node, placement }) => [node, placement]));
  const changed = ours.filter(({ node, placement }) => (placement === 'float') !== (tool.get(node) === 'float') && tool.has(node));
  return [...Map.groupBy(changed, ({ op, placement }) => `${op} ${placement === 'float'}`).values()].map((group) => {
    const { node, op, placement, reason } = group[0] as Placement;
    const count = group.length === 1 ? `Node ${node} (${op})` : `${group.length} ${op} nodes, the first ${node},`;
    const verb = group.length === 1 ? 'is' : 'are';
    const message =
      placement === 'float'
        ? `${count} ${verb} float here (${reason.replace(/^float: /, '')}); the Python tool would quantize ${group.length === 1 ? 'it' : 'them'}.`
        : `${count} ${verb} quantized here; the Python tool would leave ${group.length === 1 ? 'it a float island' : 'them float islands'}.`;
    return { message, node };
  });
}

function nodeDefects(node: Node, view: GraphView, recipe: Recipe, { plan }: QuantizedGraph): Difference[] {
  const say = (message: string): Difference[] => [{ message: `Node ${node.name} (${node.op}): ${message}`, node: node.name }];
  if (!plan.placements.some((placed) => placed.node === node.name && placed.placement !== 'float')) return [];
  const weight = view.constant(node.inputs[1]);
  const perChannel = recipe.granularity === 'per-channel';
  if (node.op === 'Clip') {
    const bounds = clipBounds(node, view);
    if (bounds && (bounds.min > 0 || bounds.max < 0)) return say('its bound beyond zero is kept; the Python tool removes the node and loses the bound.');
  }
  if (node.op === 'Gemm' && floatAttribute(node, 'beta', 1) !== 1) return say('its beta is multiplied into the bias; the Python tool drops it.');
  if (node.op === 'ConvTranspose' && perChannel && intAttribute(node, 'group', 1) > 1) {
    return say('grouped and per channel; the Python tool fails on it.');
  }
  if (node.op === 'MatMul' && perChannel && weight && weight.dims.length > 2) {
    return say(`its weights of rank ${weight.dims.length} have one scale; the Python tool would scale along the axis that is summed over.`);
  }
  return [];
}

function tensorDifferences({ plan, activations, weights }: QuantizedGraph): Difference[] {
  const dead = [...activations].filter(([, { origin }]) => origin === 'never active').map(([tensor]) => tensor);
  const lopsided = plan.weights.filter(({ scheme: { type, symmetric, codes }, given }) => type === 'int4' && symmetric && codes === 'restricted' && !given);
  const zero = [...weights.values()].filter(({ zeroChannels = 0, parameters: { axis, blockSize } }) => zeroChannels > 0 && axis !== null && blockSize === null);
  return [
    ...dead.slice(0, 1).map((tensor) => ({
      tensor,
      message: `${dead.length === 1 ? `The tensor ${tensor} was` : `${dead.length} tensors, the first ${tensor}, were`} always zero, with a range of 8·10⁻⁴ here; the Python tool gives scale 1.`,
    })),
    ...together(lopsided, 'use −7 … 7; the Python tool spreads symmetric int4 over −8 … 7 and clips the greatest by a fifteenth.'),
    ...together(
      zero,
      'have channels of zeros, which get a scale near those of the others; the Python tool gives them scale 1, and biases there lose their digits.',
    ),
  ];
}

/** One sentence for all weights that differ in the same way. */
function together(weights: readonly { name: string }[], what: string): Difference[] {
  const [first] = weights;
  if (!first) return [];
  return [
    { tensor: first.name, message: `${weights.length === 1 ? `The weights ${first.name}` : `${weights.length} weights, the first ${first.name},`} ${what}` },
  ];
}
