import type { Decoder } from '../../contract/task.ts';
import type { Size } from '../data/geometry.ts';
import type { Box, Detection } from './box.ts';
import { asRows, unfit, type Output } from './output.ts';

export type SsdSpec = Extract<Decoder, { kind: 'ssd' }>;

/**
 * SSD and its like (UltraFace): boxes [1, n, 4] and scores [1, n, classes]. Every class of a box whose score reaches `minScore` is a detection, as SSD has it
 * (Liu et al., "SSD: Single Shot MultiBox Detector", 2016, §2.2 for the offsets: centre = anchor + d·v₀·size, size = anchor·exp(d·v₁)). With `background`,
 * class 0 of the scores is none, and class 1 becomes class 0. Throws `model-mismatch`.
 */
export function decodeSsd(boxes: Output, scores: Output, spec: SsdSpec, input: Size, minScore: number): Detection[] {
  const shape = asRows(boxes.dims);
  const classes = asRows(scores.dims);
  const first = spec.background ? 1 : 0;
  if (!shape || shape.columns !== 4 || !classes || classes.rows !== shape.rows || classes.columns <= first) {
    throw unfit('ssd', `boxes of [1, n, 4] and scores of [1, n, ${spec.background ? 'background + classes' : 'classes'}]`, [boxes, scores]);
  }
  if (spec.encoding === 'offsets' && spec.anchors?.length !== shape.rows) {
    throw unfit('ssd', `as many boxes as it has anchors (${spec.anchors?.length ?? 'none given'})`, [boxes, scores]);
  }
  const place = spec.encoding === 'offsets' ? fromAnchor : fromCorners;
  const found: Detection[] = [];
  const row = new Float64Array(classes.columns);
  for (let i = 0; i < shape.rows; i++) {
    toProbabilities(scores.values, i * row.length, row, spec);
    for (let c = first; c < row.length; c++) {
      const score = row[c] as number;
      if (score >= minScore) found.push({ class: c - first, score, ...place(boxes.values, i, spec, input) });
    }
  }
  return found;
}

function toProbabilities(values: Float32Array, from: number, row: Float64Array, { logits, background }: SsdSpec): void {
  for (let c = 0; c < row.length; c++) row[c] = values[from + c] as number;
  if (!logits) return;
  if (!background) {
    for (let c = 0; c < row.length; c++) row[c] = 1 / (1 + Math.exp(-(row[c] as number)));
    return;
  }
  const most = Math.max(...row);
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += row[c] = Math.exp((row[c] as number) - most);
  for (let c = 0; c < row.length; c++) row[c] = (row[c] as number) / sum;
}

function fromCorners(values: Float32Array, index: number, { normalized }: SsdSpec, input: Size): Box {
  const [x1, y1, x2, y2] = four(values, index);
  return scaled({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 }, normalized, input);
}

function fromAnchor(values: Float32Array, index: number, { anchors = [], variances: [v0, v1] }: SsdSpec, input: Size): Box {
  const [dx, dy, dw, dh] = four(values, index);
  const [cx, cy, w, h] = anchors[index] as [number, number, number, number];
  const width = w * Math.exp(dw * v1);
  const height = h * Math.exp(dh * v1);
  // Anchors are always in 0…1 of the input.
  return scaled({ x: cx + dx * v0 * w - width / 2, y: cy + dy * v0 * h - height / 2, width, height }, true, input);
}

function four(values: Float32Array, index: number): [number, number, number, number] {
  return [0, 1, 2, 3].map((i) => values[4 * index + i] as number) as [number, number, number, number];
}

function scaled({ x, y, width, height }: Box, normalized: boolean, input: Size): Box {
  const [across, down] = normalized ? [input.width, input.height] : [1, 1];
  return { x: x * across, y: y * down, width: width * across, height: height * down };
}
