import { freshName, namesDefinedIn } from '../names.ts';
import { intTensor } from '../tensor.ts';
import { startInference } from '../shapes.ts';
import type { Pass } from './pass.ts';

/**
 * Reshapes whose target is computed get a constant one, where inference knows the result but for one dimension: [N, 1280] of a dynamic batch becomes
 * [-1, 1280]. The nodes that computed the target are then dead. What the file states of shapes is not relied on.
 */
export const constantReshapes: Pass = (graph, { opset, note }) => {
  const inference = startInference(graph, opset);
  const taken = namesDefinedIn(graph);
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.map((node) => {
    const [known] = inference.infer(node);
    const shape = known?.shape;
    if (node.op !== 'Reshape' || node.domain !== '' || !shape || constants.has(node.inputs[1] ?? '')) return node;
    const open = shape.filter((dim) => typeof dim !== 'number').length;
    // -1 cannot be told beside a 0, and 0 means "as before".
    if (open > 1 || shape.includes(0)) return node;
    const target = shape.map((dim) => (typeof dim === 'number' ? dim : -1));
    const name = freshName(`${node.name}_shape`, taken);
    constants.set(name, intTensor(name, [target.length], target));
    return { ...node, inputs: [node.inputs[0] as string, name] };
  });
  const count = constants.size - graph.constants.size;
  if (count > 0) note('prepared-graph', `Reshapes whose target is constant now, since it follows from the shapes: ${count}.`);
  return { ...graph, nodes, constants };
};
