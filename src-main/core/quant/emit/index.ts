import type { Problem } from '../../../contract/model.ts';
import type { Recipe } from '../../../contract/recipe.ts';
import type { Model } from '../../onnx/graph.ts';
import type { QuantizedGraph } from '../types.ts';
import { withBlockOperators } from './contrib.ts';
import { emitDynamic } from './dynamic.ts';
import { withHalfWeights } from './half-weights.ts';
import { keepFloat, roundedWarning } from './keep-float.ts';
import { emitQdq } from './qdq.ts';
import { emitQOperator } from './qoperator.ts';

/** Writes the plan's numbers in the recipe's format (half precision has no numbers: see `emitFloat16`). */
export function emit(quantized: QuantizedGraph, { format, weightOnlyForm }: Pick<Recipe, 'format' | 'weightOnlyForm'>): { model: Model; warnings: Problem[] } {
  if (format === 'dynamic') return { model: emitDynamic(quantized), warnings: [] };
  const written = format === 'qoperator' ? emitQOperator(quantized) : emitQdq(quantized);
  if (quantized.plan.target.parity) return { model: written, warnings: roundedWarning(written) };
  const { model, warnings } = keepFloat(written);
  if (weightOnlyForm !== 'contrib' && quantized.plan.halfWeights.length === 0) return { model, warnings };
  const made = weightOnlyForm === 'contrib' ? withBlockOperators(model) : withHalfWeights(model, quantized.plan);
  return { model: made.model, warnings: [...warnings, ...made.warnings] };
}
