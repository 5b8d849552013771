import type { QuantizedTensor, RunResult } from '../../../src-main/contract/results.ts';

export const LISTED_KINDS = ['all', 'activation', 'weight'] as const;
export type ListedKind = (typeof LISTED_KINDS)[number];

/** A quantized tensor with what quantizing it alone costs. */
export interface ListedTensor {
  tensor: QuantizedTensor;
  /** dB; null: not compared, or without an error. */
  sqnrDb: number | null;
  /** Whether it was compared at all. */
  compared: boolean;
  rangeRatio: number | null;
}

/** Activations and weights; biases have no range of their own. */
export function listedTensors({ quantize, diagnose }: Pick<RunResult, 'quantize' | 'diagnose'>): ListedTensor[] {
  const errors = new Map(diagnose.tensors.map(({ name, local }) => [name, local]));
  const weights = new Map((diagnose.weights ?? []).map((weight) => [weight.name, weight]));
  return quantize.tensors
    .filter(({ kind }) => kind !== 'bias')
    .map((tensor) => {
      const [error, weight] = tensor.kind === 'weight' ? [null, weights.get(tensor.name)] : [errors.get(tensor.name) ?? null, undefined];
      return {
        tensor,
        sqnrDb: (weight ?? error)?.sqnrDb ?? null,
        compared: (weight ?? error ?? null) !== null,
        rangeRatio: weight?.rangeRatio ?? tensor.channelRangeRatio ?? null,
      };
    });
}

export function filtered(list: readonly ListedTensor[], kind: ListedKind, text: string): ListedTensor[] {
  const wanted = text.trim().toLowerCase();
  return list.filter(({ tensor }) => (kind === 'all' || tensor.kind === kind) && tensor.name.toLowerCase().includes(wanted));
}
