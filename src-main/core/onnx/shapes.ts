import type { Dim, Graph, Node, Tensor, TensorInfo } from './graph.ts';
import { control } from './shapes/control.ts';
import { convolutions, microsoftConvolutions } from './shapes/convolution.ts';
import { elementwise } from './shapes/elementwise.ts';
import { layouts } from './shapes/layout.ts';
import { matrices, microsoftMatrices } from './shapes/matrix.ts';
import { microsoftQuantization, quantization } from './shapes/quantization.ts';
import { reductions } from './shapes/reduction.ts';
import { selections } from './shapes/selection.ts';
import { mergeShapes, nothing, type Known, type ShapeRule, type Site } from './shapes/site.ts';
import { sources } from './shapes/sources.ts';
import { microsoftTransformers, transformers } from './shapes/transformer.ts';
import { LONGEST_VALUE, smallIntegers } from './shapes/values.ts';

const RULES = new Map<string, Map<string, ShapeRule>>([
  [
    '',
    new Map(
      Object.entries({
        ...control,
        ...convolutions,
        ...elementwise,
        ...layouts,
        ...matrices,
        ...quantization,
        ...reductions,
        ...selections,
        ...sources,
        ...transformers,
      }),
    ),
  ],
  ['com.microsoft', new Map(Object.entries({ ...microsoftConvolutions, ...microsoftMatrices, ...microsoftQuantization, ...microsoftTransformers }))],
]);

/** Whether types and shapes of an operator's outputs can be inferred. */
export function hasShapeRule(node: Node): boolean {
  return RULES.get(node.domain)?.has(node.op) ?? false;
}

/** Walks along a graph, node by node in its order. */
export interface Inference {
  /** What is known of a node's outputs, in order; remembered for the nodes behind it. */
  infer(node: Node): Known[];
  /** What has been found out of a tensor so far. */
  known(name: string): Known;
  /** A tensor that has become constant. */
  addConstant(tensor: Tensor): void;
}

interface Surroundings {
  /** Whether what the file states of types and shapes fills the gaps. */
  believing?: boolean;
  /** For a body: what is known in the graph around it. */
  outside?: { known(name: string): Known; constant(name: string): Tensor | undefined };
}

/** @param opset version of ai.onnx, 7 and above */
export function startInference(graph: Graph, opset: number, { believing = false, outside }: Surroundings = {}): Inference {
  const found = new Map<string, Known>();
  const constants = new Map<string, Tensor>();
  const addConstant = (tensor: Tensor): void => {
    constants.set(tensor.name, tensor);
    found.set(tensor.name, { type: tensor.type, shape: tensor.dims, ...smallIntegers(tensor) });
  };
  for (const tensor of graph.constants.values()) addConstant(tensor);
  for (const { name, type, shape } of graph.inputs) found.set(name, { type, shape });
  const known = (name: string): Known => found.get(name) ?? outside?.known(name) ?? nothing;
  const constant = (name: string): Tensor | undefined => constants.get(name) ?? outside?.constant(name);
  const body = (inner: Graph, given: readonly Known[]): Known[] => {
    const inputs = inner.inputs.map((input, i) => ({ name: input.name, ...filled(given[i] ?? nothing, believing ? input : undefined) }));
    const inference = startInference({ ...inner, inputs }, opset, { believing, outside: { known, constant } });
    for (const node of inner.nodes) inference.infer(node);
    return inner.outputs.map((output) => inference.known(output.name));
  };
  const infer = (node: Node): Known[] => {
    const site: Site = {
      node,
      opset,
      input: (index) => (node.inputs[index] ? known(node.inputs[index]) : null),
      constant: (index) => constant(node.inputs[index] ?? ''),
      body,
    };
    const inferred = RULES.get(node.domain)?.get(node.op)?.(site) ?? [];
    return node.outputs.map((name, index) => {
      const { type, shape, value } = inferred[index] ?? nothing;
      // A chain of Concats can double it with every node.
      const sound: Known = { type, shape: shape && shape.map(sane), ...(value && value.length <= LONGEST_VALUE ? { value } : {}) };
      const all = believing ? filled(sound, graph.values.get(name)) : sound;
      if (name) found.set(name, all);
      return all;
    });
  };
  return { infer, known, addConstant };
}

/** What is known comes first. */
function filled(known: Known, stated: TensorInfo | undefined): Known {
  return { ...known, type: known.type === 'other' ? (stated?.type ?? 'other') : known.type, shape: mergeShapes(known.shape, stated?.shape ?? null) };
}

/**
 * Types and shapes of all tensors, as far as they follow from the inputs. A dynamic dimension keeps its name where it passes through. What the file says
 * fills the gaps. Unknown operators leave their outputs unknown. What bodies (If, Loop, Scan) make inside is followed, but not written into them.
 * @param opset version of ai.onnx, 7 and above
 */
export function inferShapes(graph: Graph, opset: number): Graph {
  const inference = startInference(graph, opset, { believing: true });
  const values = new Map(graph.values);
  for (const input of graph.inputs) values.set(input.name, input);
  for (const node of graph.nodes) {
    inference.infer(node).forEach(({ type, shape }, index) => {
      const name = node.outputs[index];
      if (name && (type !== 'other' || shape)) values.set(name, { name, type, shape });
    });
  }
  const outputs = graph.outputs.map((output): TensorInfo => {
    const tensor = graph.constants.get(output.name);
    return tensor ? { name: tensor.name, type: tensor.type, shape: tensor.dims } : (values.get(output.name) ?? output);
  });
  return { ...graph, values, outputs };
}

/** Nonsense in attributes must not come out as a size. */
function sane(dim: Dim): Dim {
  return typeof dim !== 'number' || (Number.isSafeInteger(dim) && dim >= 0) ? dim : null;
}
