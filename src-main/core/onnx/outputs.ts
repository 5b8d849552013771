import type { Model } from './graph.ts';

/**
 * The same model with inner tensors as graph outputs in addition, after its own. Names that are outputs already are not listed twice.
 * @param names tensors whose type and shape are known in `graph.values`
 */
export function withOutputs(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const present = new Set(graph.outputs.map((output) => output.name));
  const added = names.filter((name) => !present.has(name)).map((name) => graph.values.get(name) ?? { name, type: 'float32' as const, shape: null });
  return { ...model, graph: { ...graph, outputs: [...graph.outputs, ...added] } };
}
