import { CalibrantError } from '../../contract/errors.ts';
import { formatShape } from '../data/image-input.ts';

/** One output of a model for one image. */
export interface Output {
  name: string;
  dims: readonly number[];
  values: Float32Array;
}

/** The output of this name, the first without a name. Throws `model-mismatch` with the names that there are. */
export function pickOutput<T extends Pick<Output, 'name'>>(outputs: readonly T[], name: string | undefined): T {
  const found = name === undefined ? outputs[0] : outputs.find((output) => output.name === name);
  if (found) return found;
  throw new CalibrantError(
    'model-mismatch',
    `The task asks for the output "${name}", and the model has no such output; it has ${outputs.map((output) => `"${output.name}"`).join(', ') || 'none'}.`,
  );
}

/** For a decoder that does not fit: what it needs and what is there, each with its shape. */
export function unfit(decoder: string, wanted: string, found: readonly Pick<Output, 'name' | 'dims'>[]): CalibrantError {
  const there = found.map(({ name, dims }) => `"${name}" ${formatShape(dims)}`).join(' and ');
  return new CalibrantError('model-mismatch', `The decoder "${decoder}" needs ${wanted}, and there is ${there}; correct the decoder of the task.`);
}

/** [1, rows, columns], or [rows, columns] where the model leaves out the batch; null for anything else. */
export function asRows(dims: readonly number[]): { rows: number; columns: number } | null {
  const inner = dims.length === 3 && dims[0] === 1 ? dims.slice(1) : dims;
  const [rows, columns] = inner;
  return inner.length === 2 && rows !== undefined && columns !== undefined ? { rows, columns } : null;
}
