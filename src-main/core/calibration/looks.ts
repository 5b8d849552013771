/** What each of some images did to each of some tensors: one row of ends and mean by image. */
export interface Looks {
  /** Names, in the order of the graph. */
  tensors: readonly string[];
  images: number;
  /** [image · tensors + tensor], in real values. */
  min: Float32Array;
  max: Float32Array;
  mean: Float32Array;
}

/** Rows are written one after the other; `images` says how many there are. */
export function createLooks(tensors: readonly string[], most: number): Looks {
  const size = tensors.length * most;
  return { tensors, images: 0, min: new Float32Array(size), max: new Float32Array(size), mean: new Float32Array(size) };
}

/** Ends of a tensor as quantization sees them: with zero, which every quantized range has to contain. */
export interface Span {
  min: number;
  max: number;
}

/** The span of a tensor over these images (all when missing). */
export function spanOf({ tensors, images, min, max }: Looks, tensor: number, among?: ArrayLike<number>): Span {
  const span = { min: 0, max: 0 };
  const count = among?.length ?? images;
  for (let i = 0; i < count; i++) {
    const at = (among ? (among[i] as number) : i) * tensors.length + tensor;
    span.min = Math.min(span.min, min[at] as number);
    span.max = Math.max(span.max, max[at] as number);
  }
  return span;
}

export const widthOf = ({ min, max }: Span): number => max - min;
