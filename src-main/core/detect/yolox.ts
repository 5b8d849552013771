import { CalibrantError } from '../../contract/errors.ts';
import type { Size } from '../data/geometry.ts';
import type { Detection } from './box.ts';

/**
 * Output of YOLOX: [1, cells, 5 + classes], for each stride the cells of its grid row by row. A row is x, y, w, h, objectness, classes; the last ones are
 * probabilities already (the sigmoid is inside the model), the first four are raw:
 * centre = (xy + cell) · stride, size = exp(wh) · stride, score = objectness · class (Ge et al., "YOLOX: Exceeding YOLO Series in 2021", §2).
 */
export interface YoloxHead {
  /** Of the model's input in pixels. */
  input: Size;
  /** In the order of the output: 8, 16, 32. */
  strides: readonly number[];
  classes: number;
}

/**
 * The boxes of one image in pixels of the model's input, before suppression: each cell's best class where its score reaches `minScore`.
 * NaN never reaches it. Throws `model-mismatch` when the output is not as long as the head says.
 */
export function decodeYolox(output: Float32Array, { input, strides, classes }: YoloxHead, minScore: number): Detection[] {
  const row = 5 + classes;
  const grids = strides.map((stride) => ({ stride, columns: Math.floor(input.width / stride), rows: Math.floor(input.height / stride) }));
  const cells = grids.reduce((sum, { columns, rows }) => sum + columns * rows, 0);
  if (output.length !== cells * row) {
    throw new CalibrantError(
      'model-mismatch',
      `The output has ${output.length} values, and a YOLOX head for ${classes} classes and strides ${strides.join(', ')} on ${input.width}×${input.height} has ${cells} × ${row}; correct the decoder's classes or strides.`,
    );
  }

  const found: Detection[] = [];
  let at = 0;
  for (const { stride, columns, rows } of grids) {
    for (let cell = 0; cell < columns * rows; cell++, at += row) {
      const best = bestClass(output, at + 5, classes);
      const score = (output[at + 4] as number) * (output[at + 5 + best] as number);
      if (!(score >= minScore)) continue;
      const width = Math.exp(output[at + 2] as number) * stride;
      const height = Math.exp(output[at + 3] as number) * stride;
      const x = ((output[at] as number) + (cell % columns)) * stride - width / 2;
      const y = ((output[at + 1] as number) + Math.floor(cell / columns)) * stride - height / 2;
      found.push({ class: best, score, x, y, width, height });
    }
  }
  return found;
}

function bestClass(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if ((values[from + i] as number) > (values[from + best] as number)) best = i;
  return best;
}
