/** A range of real values. */
export interface Range {
  min: number;
  max: number;
}

/**
 * No end is cut below this (reference: NNCF's floor of asymmetric ranges): of a tensor that is nearly always zero a percentile would leave nothing. A tensor
 * that was zero in every image gets it as its upper end, so that whatever bound was folded into the range still holds to within it; ONNX Runtime takes
 * scale 1, which lets values up to 255 through a ReLU's tensor.
 */
export const LEAST_END = 8e-4;

/** What of ±reach lies in the whole range. */
export function cutAt(reach: number, whole: Range): Range {
  return { min: Math.max(whole.min, -reach), max: Math.min(whole.max, reach) };
}
