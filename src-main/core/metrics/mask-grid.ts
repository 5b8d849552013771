import type { Geometry, Size } from '../data/geometry.ts';

/** Not seen by the model: cut off by the preprocessing. */
export const UNSEEN = -1;

/** The preprocessing along one axis. */
interface Axis {
  /** Of the upright image. */
  image: number;
  crop: { start: number; length: number };
  /** Length of the crop after resizing. */
  resized: number;
  /** What a centre crop leaves of that. */
  kept: { start: number; length: number };
  /** Padding before it. */
  pad: number;
  /** Of the model's input. */
  input: number;
}

/**
 * Where each column and row of a mask lies in the model's output, or UNSEEN: its centre goes the way of the preprocessing (crop, resize, centre crop, padding),
 * then to the nearest column or row of the output. A mask of another size than its image covers it all the same.
 * @param image upright image that `geometry` was planned for
 * @param output size of the answer, which covers the model's whole input
 */
export function maskGrid(mask: Size, image: Size, { crop, resize, centerCrop, pad, size }: Geometry, output: Size): { columns: Int32Array; rows: Int32Array } {
  const from = crop ?? { left: 0, top: 0, ...image };
  const { width, height } = resize ?? from;
  const kept = centerCrop ?? { left: 0, top: 0, width, height };
  const across: Axis = {
    image: image.width,
    crop: { start: from.left, length: from.width },
    resized: width,
    kept: { start: kept.left, length: kept.width },
    pad: pad?.left ?? 0,
    input: size.width,
  };
  const down: Axis = {
    image: image.height,
    crop: { start: from.top, length: from.height },
    resized: height,
    kept: { start: kept.top, length: kept.height },
    pad: pad?.top ?? 0,
    input: size.height,
  };
  return { columns: places(mask.width, across, output.width), rows: places(mask.height, down, output.height) };
}

function places(count: number, { image, crop, resized, kept, pad, input }: Axis, output: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => {
    const inImage = ((i + 0.5) * image) / count;
    const inKept = ((inImage - crop.start) * resized) / crop.length - kept.start;
    if (inKept < 0 || inKept >= kept.length) return UNSEEN;
    return Math.min(output - 1, Math.floor(((inKept + pad) * output) / input));
  });
}
