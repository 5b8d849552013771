import { intAttribute, without } from '../../attributes.ts';
import type { Node } from '../../graph.ts';
import { floatsOf, floatTensor } from '../../tensor.ts';
import { helper, ints, refusal, type Conversion, type Workshop } from './workshop.ts';

/** Statistics per element instead of per channel went out with opset 9. */
export const perChannelNorm: Conversion = (node, workshop) => {
  if (intAttribute(node, 'spatial', 1) === 0) throw refusal(node, 'it normalizes every element for itself (spatial = 0)', workshop);
  return [{ ...node, attributes: without(node.attributes, 'spatial') }];
};

/** The outputs for training went out with opset 14. */
export const inferenceNorm: Conversion = (node) => [{ ...node, outputs: node.outputs.slice(0, 1) }];

/** No model has more; a damaged one may say so. */
const MOST_CHANNELS = 2 ** 20;

/** One scale and bias per group became one per channel: each is repeated for the channels of its group. */
export const groupNorm: Conversion = (node, workshop) => {
  const channels = workshop.shapeOf(node.inputs[0] as string)?.[1];
  const groups = intAttribute(node, 'num_groups', 0);
  if (typeof channels !== 'number' || groups <= 0 || channels % groups !== 0) throw refusal(node, 'the number of its channels is not known', workshop);
  const [x, scale, bias] = node.inputs as [string, string, string];
  const parts = [scale, bias].map((name) => repeated(node, workshop, name, groups, channels / groups));
  return [...parts.flatMap(({ nodes }) => nodes), { ...node, inputs: [x, ...parts.map(({ name }) => name)] }];
};

function repeated(node: Node, workshop: Workshop, name: string, groups: number, times: number): { name: string; nodes: Node[] } {
  const tensor = workshop.constantOf(name);
  if (tensor?.type === 'float32' && groups * times <= MOST_CHANNELS) {
    const values = floatsOf(tensor);
    const spread = Float32Array.from({ length: groups * times }, (_, i) => values[Math.floor(i / times)] as number);
    return { name: workshop.constant(`${name}_per_channel`, (own) => floatTensor(own, [spread.length], spread)), nodes: [] };
  }
  const [column, table, result] = ['column', 'table', 'per_channel'].map((wish) => workshop.fresh(`${name}_${wish}`)) as [string, string, string];
  const nodes = [
    helper(workshop, node, 'Reshape', [name, ints(workshop, `${column}_shape`, [groups, 1])], column),
    helper(workshop, node, 'Expand', [column, ints(workshop, `${table}_shape`, [groups, times])], table),
    helper(workshop, node, 'Reshape', [table, ints(workshop, `${result}_shape`, [-1])], result),
  ];
  return { name: result, nodes };
}
