import type { Dim, Graph, Node, Tensor } from './graph.ts';
import { convolutions, microsoftConvolutions } from './shapes/convolution.ts';
import { elementwise } from './shapes/elementwise.ts';
import { layouts } from './shapes/layout.ts';
import { matrices, microsoftMatrices } from './shapes/matrix.ts';
import { microsoftQuantization, quantization } from './shapes/quantization.ts';
import { reductions } from './shapes/reduction.ts';
import { selections } from './shapes/selection.ts';
import { mergeShapes, nothing, type Known, type ShapeRule, type Site } from './shapes/site.ts';
import { sources } from './shapes/sources.ts';
import { LONGEST_VALUE, smallIntegers } from './shapes/values.ts';

const RULES = new Map<string, Map<string, ShapeRule>>([
  ['', new Map(Object.entries({ ...convolutions, ...elementwise, ...layouts, ...matrices, ...quantization, ...reductions, ...selections, ...sources }))],
  ['com.microsoft', new Map(Object.entries({ ...microsoftConvolutions, ...microsoftMatrices, ...microsoftQuantization }))],
]);

/** Whether types and shapes of an operator's outputs can be inferred. */
export function hasShapeRule(node: Node): boolean {
  return RULES.get(node.domain)?.has(node.op) ?? false;
}

/** Walks along a graph, node by node in its order. */
export interface Inference {
  /** What is known of a node's outputs, before anything that the file states; remembered for the nodes behind it. */
  infer(node: Node): Known[];
  /** Corrects or adds what is known of a tensor. */
  learn(name: string, known: Known): void;
  /** A tensor that has become constant. */
  addConstant(tensor: Tensor): void;
}

/** @param opset version of ai.onnx, 7 and above */
export function startInference(graph: Graph, opset: number): Inference {
  const known = new Map<string, Known>();
  const constants = new Map<string, Tensor>();
  const addConstant = (tensor: Tensor): void => {
    constants.set(tensor.name, tensor);
    known.set(tensor.name, { type: tensor.type, shape: tensor.dims, ...smallIntegers(tensor) });
  };
  for (const tensor of graph.constants.values()) addConstant(tensor);
  for (const { name, type, shape } of graph.inputs) known.set(name, { type, shape });
  return {
    addConstant,
    learn: (name, what) => void known.set(name, what),
    infer: (node) => {
      const site: Site = {
        node,
        opset,
        input: (index) => (node.inputs[index] ? (known.get(node.inputs[index]) ?? nothing) : null),
        constant: (index) => constants.get(node.inputs[index] ?? ''),
      };
      const inferred = RULES.get(node.domain)?.get(node.op)?.(site) ?? [];
      return node.outputs.map((name, index) => {
        const { type, shape, value } = inferred[index] ?? nothing;
        // A chain of Concats can double it with every node.
        const sound: Known = { type, shape: shape && shape.map(sane), ...(value && value.length <= LONGEST_VALUE ? { value } : {}) };
        if (name) known.set(name, sound);
        return sound;
      });
    },
  };
}

/**
 * Types and shapes of all tensors, as far as they follow from the inputs. A dynamic dimension keeps its name where it passes through. What the file says
 * fills the gaps. Unknown operators leave their outputs unknown.
 * @param opset version of ai.onnx, 7 and above
 */
export function inferShapes(graph: Graph, opset: number): Graph {
  const inference = startInference(graph, opset);
  const values = new Map(graph.values);
  for (const input of graph.inputs) values.set(input.name, input);
  for (const node of graph.nodes) {
    inference.infer(node).forEach((inferred, index) => {
      const name = node.outputs[index];
      if (!name) return;
      const stated = values.get(name);
      const type = inferred.type === 'other' ? (stated?.type ?? 'other') : inferred.type;
      const shape = mergeShapes(inferred.shape, stated?.shape ?? null);
      if (type !== 'other' || shape) values.set(name, { name, type, shape });
      inference.learn(name, { ...inferred, type, shape });
    });
  }
  const outputs = graph.outputs.map((output) => values.get(output.name) ?? output);
  return { ...graph, values, outputs };
}

/** Nonsense in attributes must not come out as a size. */
function sane(dim: Dim): Dim {
  return typeof dim !== 'number' || (Number.isSafeInteger(dim) && dim >= 0) ? dim : null;
}
