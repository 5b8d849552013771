import type { Override, Recipe } from '../../../src-main/contract/recipe.ts';
import type { PredictedError, QuantizedTensor } from '../../../src-main/contract/results.ts';
import { greatest, least } from '../../components/spans.ts';

/** A tensor that the recipe can treat differently from the others. */
export interface TensorRow {
  name: string;
  kind: 'activation' | 'weight';
  op: string;
  type: string;
  range: { min: number; max: number } | null;
  /** Predicted for the recipe in force; null where it is not known. */
  sqnrDb: number | null;
  /** Percent of the values outside of the range. */
  clipped: number | null;
  override: Override | null;
}

/**
 * What is predicted, then the weights (and, without a prediction, the activations) of the last run, then overridden tensors that neither of them names,
 * so that no override is out of reach.
 */
export function tensorRows(recipe: Recipe, predicted: readonly PredictedError[] | null, last: readonly QuantizedTensor[]): TensorRow[] {
  const overrideOf = (name: string): Override | null => (Object.hasOwn(recipe.overrides, name) ? (recipe.overrides[name] ?? null) : null);
  const rows = new Map<string, TensorRow>();
  for (const { tensor, op, min, max, sqnrDb, clipped } of predicted ?? []) {
    const override = overrideOf(tensor);
    rows.set(tensor, { name: tensor, kind: 'activation', op: op || 'input', type: override?.type ?? recipe.activations, range: { min, max }, sqnrDb, clipped, override }); // prettier-ignore
  }
  for (const { name, kind, range } of last) {
    if (kind === 'bias' || rows.has(name) || (predicted && kind === 'activation')) continue;
    const override = overrideOf(name);
    const type = kind === 'weight' ? recipe.weights : recipe.activations;
    const ends = range && { min: least(range.min), max: greatest(range.max) };
    rows.set(name, { name, kind, op: '', type: override?.type ?? type, range: ends, sqnrDb: null, clipped: null, override });
  }
  for (const [name, override] of Object.entries(recipe.overrides)) {
    if (!rows.has(name)) rows.set(name, { name, kind: 'activation', op: '', type: override.type ?? recipe.activations, range: null, sqnrDb: null, clipped: null, override }); // prettier-ignore
  }
  return [...rows.values()];
}
