import type { Dim, Graph, Model, TensorInfo } from './graph.ts';

/**
 * Dynamic dimensions of the inputs fixed to given numbers, so that chains of Shape, Gather and Reshape become constants. A name that is fixed in one input
 * is fixed wherever the file repeats it.
 * @param shapes input name → full shape; inputs that are not named stay as they are
 */
export function fixInputShapes(model: Model, shapes: ReadonlyMap<string, readonly number[]>): Model {
  const numbers = new Map<string, number>();
  for (const input of model.graph.inputs) {
    const shape = shapes.get(input.name);
    input.shape?.forEach((dim, i) => {
      const size = shape?.[i];
      if (typeof dim === 'string' && size !== undefined) numbers.set(dim, size);
    });
  }
  const resolve = (dim: Dim): Dim => (typeof dim === 'string' ? (numbers.get(dim) ?? dim) : dim);
  const fixed = (info: TensorInfo): TensorInfo => ({ ...info, shape: info.shape?.map(resolve) ?? null });
  const { graph } = model;
  const inputs = graph.inputs.map((input) => {
    const shape = shapes.get(input.name);
    return shape ? { ...input, shape: [...shape] } : fixed(input);
  });
  const values = new Map([...graph.values].map(([name, info]) => [name, fixed(info)]));
  for (const input of inputs) values.set(input.name, input);
  const changed: Graph = { ...graph, inputs, outputs: graph.outputs.map(fixed), values };
  return { ...model, graph: changed };
}
