import type { Scheme } from './types.ts';

/** How the values of a tensor, row-major, are divided among its scales. */
export interface ScaleLayout {
  /** Number of scales. */
  count: number;
  /** The tensor as [outer, length, inner], `length` being the axis that has the scales; [1, 1, all] per tensor. */
  outer: number;
  length: number;
  inner: number;
  /** Values along the axis that share a scale; null per tensor and per channel, where a scale serves whole runs of `inner` values. */
  blockSize: number | null;
  /** Blocks along the axis, the last of which may be short. */
  blocks: number;
}

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export function scaleLayout(dims: readonly number[], { axis, blockSize }: Pick<Scheme, 'axis' | 'blockSize'>): ScaleLayout {
  if (axis === null) return { count: 1, outer: 1, length: 1, inner: product(dims), blockSize: null, blocks: 1 };
  const [outer, length, inner] = [product(dims.slice(0, axis)), dims[axis] as number, product(dims.slice(axis + 1))];
  if (blockSize === null) return { count: length, outer, length, inner, blockSize: null, blocks: 1 };
  const blocks = Math.ceil(length / blockSize);
  return { count: outer * blocks * inner, outer, length, inner, blockSize, blocks };
}

/** Shape of scales and zero points as DequantizeLinear wants them. */
export function scaleDims(dims: readonly number[], { axis, blockSize }: Pick<Scheme, 'axis' | 'blockSize'>): number[] {
  if (axis === null) return [];
  if (blockSize === null) return [dims[axis] as number];
  return dims.map((dim, i) => (i === axis ? Math.ceil(dim / blockSize) : dim));
}

/** Calls back for every run of consecutive values [from, to) that have one scale. */
export function forEachRun({ outer, length, inner, blockSize, blocks }: ScaleLayout, visit: (from: number, to: number, scale: number) => void): void {
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < length; c++) {
      if (blockSize === null) {
        visit(from, from + inner, c);
        from += inner;
        continue;
      }
      const first = (o * blocks + Math.floor(c / blockSize)) * inner;
      if (inner === 1) {
        // A whole block lies together.
        const run = Math.min(blockSize, length - c);
        visit(from, from + run, first);
        from += run;
        c += run - 1;
      } else {
        for (let i = 0; i < inner; i++, from++) visit(from, from + 1, first + i);
      }
    }
  }
}
