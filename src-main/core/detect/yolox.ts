import type { Size } from '../data/geometry.ts';
import { bestClass } from './best-class.ts';
import type { Detection } from './box.ts';
import { asRows, unfit, type Output } from './output.ts';

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
  /** The grid is in the model already: the first four are centre and size in pixels. */
  decoded?: boolean;
}

/** How many cells the grids of a head have together. */
export function cellsOf({ width, height }: Size, strides: readonly number[]): number {
  return strides.reduce((sum, stride) => sum + Math.floor(width / stride) * Math.floor(height / stride), 0);
}

/**
 * The boxes of one image in pixels of the model's input, before suppression: each cell's best class where its score reaches `minScore`.
 * NaN never reaches it. Throws `model-mismatch` when the output is not as long as the head says.
 */
export function decodeYolox(output: Output, { input, strides, decoded = false }: YoloxHead, minScore: number): Detection[] {
  const { values } = output;
  const shape = asRows(output.dims);
  const cells = cellsOf(input, strides);
  if (!shape || shape.columns < 6 || shape.rows !== cells) {
    throw unfit('yolox', `an output of [1, ${cells}, 5 + classes] (strides ${strides.join(', ')} on ${input.width}×${input.height})`, [output]);
  }
  const row = shape.columns;
  const found: Detection[] = [];
  let at = 0;
  for (const stride of strides) {
    const columns = Math.floor(input.width / stride);
    const count = columns * Math.floor(input.height / stride);
    for (let cell = 0; cell < count; cell++, at += row) {
      const objectness = values[at + 4] as number;
      // No class is above 1, so most cells need no search for their best one.
      if (!(objectness >= minScore)) continue;
      const best = bestClass(values, at + 5, row - 5);
      const score = objectness * (values[at + 5 + best] as number);
      if (!(score >= minScore)) continue;
      const [x, y, w, h] = [0, 1, 2, 3].map((i) => values[at + i] as number) as [number, number, number, number];
      const width = decoded ? w : Math.exp(w) * stride;
      const height = decoded ? h : Math.exp(h) * stride;
      const centreX = decoded ? x : (x + (cell % columns)) * stride;
      const centreY = decoded ? y : (y + Math.floor(cell / columns)) * stride;
      found.push({ class: best, score, x: centreX - width / 2, y: centreY - height / 2, width, height });
    }
  }
  return found;
}
