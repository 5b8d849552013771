import type { Tensor } from 'onnxruntime-node';

/** The values of an output as float32: its own memory where it is that already. */
export function toFloats(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  return Float32Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

export function hasNaN(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** How many classes an output of this shape scores, [1, C] or [1, C, 1, 1]; null when it is something else. */
export function classCount(dims: readonly number[]): number | null {
  const [batch, ...rest] = dims;
  const long = rest.filter((dim) => dim !== 1);
  const isScores = batch === 1 && (dims.length === 2 || dims.length === 4) && long.length === 1;
  return isScores ? (long[0] as number) : null;
}
