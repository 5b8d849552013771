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
 */
export function differencesFromPythonTool(quantized: QuantizedGraph, parity: Plan | null, recipe: Recipe): Problem[] {
  const view = viewGraph(quantized.plan.prepared.graph);
  const found = [
    ...rangeDifference(recipe),
    ...(parity ? placementDifferences(quantized.plan.placements, parity.placements) : [{ message: 'The Python tool would have quantized nothing here.' }]),
    ...quantized.plan.prepared.graph.nodes.flatMap((node) => nodeDefects(node, view, recipe, quantized)),
    ...tensorDifferences(quantized, recipe),
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

function tensorDifferences({ activations, weights }: QuantizedGraph, { weights: type, symmetricWeights, weightCodes }: Recipe): Difference[] {
  const dead = [...activations].filter(([, { origin }]) => origin === 'never active').map(([tensor]) => tensor);
  const found: Difference[] = dead.map((tensor) => ({
    tensor,
    message: `The tensor ${tensor} was always zero and has a range of 8·10⁻⁴; the Python tool gives it scale 1.`,
  }));
  if (type === 'int4' && symmetricWeights !== false && weightCodes === 'restricted' && weights.size > 0) {
    found.push({ message: 'Symmetric int4 weights use −7 … 7; the Python tool spreads them over −8 … 7 and clips the greatest by a fifteenth.' });
  }
  return found;
}
