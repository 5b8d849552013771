import type { Model, Node } from '../../onnx/graph.ts';
import { parametersOf } from '../existing/code-parameters.ts';
import { fullCodes } from '../scale.ts';
import type { Parameters } from '../types.ts';
import { viewGraph, type GraphView } from '../view.ts';
import type { ComparedWeight } from './weight-errors.ts';

/** What of a node is quantized: its weight, and what it makes. */
export interface Layer {
  /** For an input of the model, which no node makes, one that only has its name and the operator `Input`. */
  node: Node;
  /** Tensor that is quantized, and with what; null where only the weight is. */
  quantized: { tensor: string; parameters: Parameters } | null;
  /** What the layer gives to the next one: behind the activation functions that belong to it. */
  output: string;
  weight: ComparedWeight | null;
}

/**
 * Layers of a prepared float model, in its order. A Relu or Clip that alone uses what is not quantized before it belongs to the node that makes that.
 * @param quantized tensors of the float model with quantization of their own
 */
export function layersOf({ graph }: Model, quantized: ReadonlyMap<string, Parameters>, weights: readonly ComparedWeight[]): Layer[] {
  const view = viewGraph(graph);
  const weightOf = new Map(weights.map((weight) => [weight.node.name, weight]));
  const owned = new Set<Node>();
  return graph.nodes.flatMap((node): Layer[] => {
    if (owned.has(node)) return [];
    const own = node.outputs[0] ?? '';
    const weight = weightOf.get(node.name) ?? null;
    let tensor = own;
    for (let next = onlyActivation(tensor, view); next && !quantized.has(tensor); next = onlyActivation(tensor, view)) {
      owned.add(next);
      tensor = next.outputs[0] as string;
    }
    const parameters = quantized.get(tensor);
    if (!parameters && !weight) return [];
    // Its range may leave out what the activation behind it clips anyway.
    const output = onlyActivation(tensor, view)?.outputs[0] ?? tensor;
    return [{ node, quantized: parameters ? { tensor, parameters } : null, output: parameters ? output : tensor, weight }];
  });
}

/** The quantization that a model begins with, as a layer of the float model; null where its input is not quantized, or not with one constant scale. */
export function inputLayer(quantized: Model, input: string): Layer | null {
  const view = viewGraph(quantized.graph);
  const node = (view.consumers.get(input) ?? []).find((consumer) => consumer.op === 'QuantizeLinear' && consumer.inputs[0] === input);
  const known = node && parametersOf(node, view.constant, null);
  if (!known || known.scale.length !== 1) return null;
  const [codes, zero, scale] = [fullCodes(known.type), known.zeroPoint[0] as number, known.scale[0] as number];
  const parameters: Parameters = {
    ...known,
    symmetric: false,
    min: Float64Array.of((codes.min - zero) * scale),
    max: Float64Array.of((codes.max - zero) * scale),
    origin: 'the model',
  };
  const name: Node = { name: input, op: 'Input', domain: '', inputs: [], outputs: [input], attributes: new Map() };
  return { node: name, quantized: { tensor: input, parameters }, output: input, weight: null };
}

/** The Relu or Clip that alone uses a tensor. */
export function onlyActivation(tensor: string, view: GraphView): Node | null {
  const [consumer, ...others] = view.consumers.get(tensor) ?? [];
  const bounds = consumer && (consumer.op === 'Relu' || consumer.op === 'Clip') && consumer.inputs[0] === tensor;
  return bounds && others.length === 0 && !view.outputs.has(tensor) ? consumer : null;
}
