import type { DiagnosedTensor, TensorError } from '../../../src-main/contract/results.ts';

/** The lowest cumulative SQNR first; without one (no error, no signal) last; equal ones in the graph's order. */
export function worstFirst(tensors: readonly DiagnosedTensor[]): DiagnosedTensor[] {
  return tensors.toSorted((a, b) => (a.cumulative.sqnrDb ?? Infinity) - (b.cumulative.sqnrDb ?? Infinity) || a.index - b.index);
}

/** Why an error has no SQNR. */
export function unknownError(error: TensorError | null): string {
  if (error === null) return 'This tensor is not quantized itself, so it adds no error of its own.';
  return error.mse === 0 ? 'No error at all: float and quantized values are the same.' : 'The tensor is zero everywhere, so there is no signal.';
}
