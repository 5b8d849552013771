import { floatsAttribute, intAttribute, intsAttribute, tensorAttribute } from '../attributes.ts';
import type { Node, Tensor } from '../graph.ts';
import { floatTensor, intTensor } from '../tensor.ts';
import type { Pass } from './pass.ts';

/** Constant nodes become constants. Those that hold strings or sparse tensors stay. */
export const constantNodes: Pass = (graph, { note }) => {
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.filter((node) => {
    const tensor = node.op === 'Constant' && node.domain === '' ? valueOf(node) : null;
    const name = node.outputs[0];
    if (!tensor || !name) return true;
    constants.set(name, { ...tensor, name });
    return false;
  });
  const count = graph.nodes.length - nodes.length;
  if (count === 0) return graph;
  note('prepared-graph', `Constant nodes turned into constants of the graph: ${count}.`);
  return { ...graph, nodes, constants };
};

function valueOf(node: Node): Tensor | null {
  const tensor = tensorAttribute(node, 'value');
  if (tensor) return tensor;
  const floats = floatsAttribute(node, 'value_floats');
  if (floats) return floatTensor('', [floats.length], Float32Array.from(floats));
  const ints = intsAttribute(node, 'value_ints');
  if (ints) return intTensor('', [ints.length], ints);
  const float = node.attributes.get('value_float');
  if (float?.kind === 'float') return floatTensor('', [], new Float32Array([float.value]));
  return node.attributes.has('value_int') ? intTensor('', [], [intAttribute(node, 'value_int', 0)]) : null;
}
