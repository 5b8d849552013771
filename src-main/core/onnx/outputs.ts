import { CalibrantError } from '../../contract/errors.ts';
import type { Model, TensorInfo } from './graph.ts';
import { namesDefinedIn } from './names.ts';

/**
 * The same model with more of its tensors as outputs, after the ones that it has. A name that is an output already is not repeated.
 * @throws CalibrantError `model-mismatch` for a tensor that the graph does not make
 */
export function withOutputs(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const made = namesDefinedIn(graph);
  const present = new Set(graph.outputs.map((output) => output.name));
  const added: TensorInfo[] = [];
  for (const name of new Set(names)) {
    if (present.has(name)) continue;
    if (!made.has(name)) throw new CalibrantError('model-mismatch', `The model makes no tensor named ${name}.`, { tensor: name });
    added.push(graph.values.get(name) ?? { name, type: graph.constants.get(name)?.type ?? 'other', shape: null });
  }
  return { ...model, graph: { ...graph, outputs: [...graph.outputs, ...added] } };
}
