import { CalibrantError } from '../../contract/errors.ts';
import type { Dim, Model, TensorInfo } from './graph.ts';
import { opsetOf } from './opset.ts';
import { inferShapes } from './shapes.ts';

/**
 * The same model with dynamic dimensions of its inputs fixed, and shapes inferred anew; a name is fixed wherever it occurs.
 * @param shapes input name → complete shape; inputs that are not named stay as they are
 * @throws CalibrantError `model-mismatch` for an input that does not exist, another rank, or another size than a fixed one
 */
export function fixInputShapes(model: Model, shapes: ReadonlyMap<string, readonly number[]>): Model {
  const { graph } = model;
  const names = new Map<string, number>();
  for (const [name, shape] of shapes) {
    const input = graph.inputs.find((candidate) => candidate.name === name);
    if (!input) {
      const known = graph.inputs.map((candidate) => candidate.name).join(', ');
      throw new CalibrantError('model-mismatch', `The model has no input named ${name}; its inputs are ${known}.`, { input: name });
    }
    const fits = input.shape === null || (input.shape.length === shape.length && input.shape.every((dim, i) => typeof dim !== 'number' || dim === shape[i]));
    if (!fits) {
      const asked = `[${shape.join(', ')}]`;
      const message = `The input ${name} has the shape [${(input.shape ?? []).map((dim) => dim ?? '?').join(', ')}] and cannot take ${asked}.`;
      throw new CalibrantError('model-mismatch', message, { input: name, shape: asked });
    }
    input.shape?.forEach((dim, i) => {
      if (typeof dim === 'string') names.set(dim, shape[i] as number);
    });
  }
  const fixed = (dim: Dim): Dim => (typeof dim === 'string' ? (names.get(dim) ?? dim) : dim);
  const fix = (info: TensorInfo): TensorInfo => ({ ...info, shape: shapes.get(info.name)?.slice() ?? info.shape?.map(fixed) ?? null });
  const values = new Map([...graph.values].map(([name, info]) => [name, fix(info)]));
  const next = { ...graph, inputs: graph.inputs.map(fix), outputs: graph.outputs.map(fix), values };
  return { ...model, graph: inferShapes(next, opsetOf(model)) };
}
