import type { Dim, Graph, Node, TensorInfo } from './graph.ts';
import { convolutions, microsoftConvolutions } from './shapes/convolution.ts';
import { elementwise } from './shapes/elementwise.ts';
import { layouts } from './shapes/layout.ts';
import { matrices, microsoftMatrices } from './shapes/matrix.ts';
import { microsoftQuantization, quantization } from './shapes/quantization.ts';
import { reductions } from './shapes/reduction.ts';
import { selections } from './shapes/selection.ts';
import { mergeShapes, type Known, type ShapeRule, type Site } from './shapes/site.ts';
import { sources } from './shapes/sources.ts';
import { smallIntegers } from './shapes/values.ts';

const RULES = new Map<string, Map<string, ShapeRule>>([
  ['', new Map(Object.entries({ ...convolutions, ...elementwise, ...layouts, ...matrices, ...quantization, ...reductions, ...selections, ...sources }))],
  ['com.microsoft', new Map(Object.entries({ ...microsoftConvolutions, ...microsoftMatrices, ...microsoftQuantization }))],
]);

/** Whether types and shapes of an operator's outputs can be inferred. */
export function hasShapeRule(node: Node): boolean {
  return RULES.get(node.domain)?.has(node.op) ?? false;
}

/**
 * Types and shapes of all tensors, as far as they follow from the inputs. A dynamic dimension keeps its name where it passes through. What the file says
 * stays where inference knows less; where both give a number, inference is right. Unknown operators leave their outputs unknown.
 * @param opset version of ai.onnx, 7 and above
 */
export function inferShapes(graph: Graph, opset: number): Graph {
  const known = new Map<string, Known>();
  for (const tensor of graph.constants.values()) known.set(tensor.name, { type: tensor.type, shape: tensor.dims, ...smallIntegers(tensor) });
  for (const { name, type, shape } of graph.inputs) known.set(name, { type, shape });
  const values = new Map(graph.values);
  for (const input of graph.inputs) values.set(input.name, input);

  for (const node of graph.nodes) {
    const inferred = RULES.get(node.domain)?.get(node.op)?.(siteOf(node, opset, graph, known)) ?? [];
    node.outputs.forEach((name, index) => {
      if (!name) return;
      const { type, shape, value } = inferred[index] ?? { type: 'other', shape: null };
      const stated = values.get(name);
      const merged: TensorInfo = {
        name,
        type: type === 'other' ? (stated?.type ?? 'other') : type,
        shape: mergeShapes(shape && shape.map(sane), stated?.shape ?? null),
      };
      if (merged.type !== 'other' || merged.shape) values.set(name, merged);
      known.set(name, { type: merged.type, shape: merged.shape, ...(value ? { value } : {}) });
    });
  }
  const outputs = graph.outputs.map((output) => values.get(output.name) ?? output);
  return { ...graph, values, outputs };
}

/** Nonsense in attributes must not come out as a size. */
function sane(dim: Dim): Dim {
  return typeof dim !== 'number' || (Number.isSafeInteger(dim) && dim >= 0) ? dim : null;
}

function siteOf(node: Node, opset: number, graph: Graph, known: Map<string, Known>): Site {
  return {
    node,
    opset,
    input: (index) => {
      const name = node.inputs[index];
      return name ? (known.get(name) ?? { type: 'other', shape: null }) : null;
    },
    constant: (index) => graph.constants.get(node.inputs[index] ?? ''),
  };
}
