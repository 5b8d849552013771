import type { Recipe } from '../../../contract/recipe.ts';
import { ONNXRUNTIME } from './onnxruntime.ts';
import { ORT_PARITY_QDQ, ORT_PARITY_QOPERATOR, ORT_PARITY_WEIGHTS } from './ort-parity.ts';
import { QOPERATOR } from './qoperator.ts';
import type { TargetRules } from './rule.ts';
import { TFLITE } from './tflite.ts';

/** The table that decides a recipe's plan. */
export function rulesFor({ format, target, ortParity }: Pick<Recipe, 'format' | 'target' | 'ortParity'>): TargetRules {
  if (ortParity) return format === 'qdq' ? ORT_PARITY_QDQ : format === 'qoperator' ? ORT_PARITY_QOPERATOR : ORT_PARITY_WEIGHTS;
  if (target === 'tflite') return TFLITE;
  return format === 'qoperator' ? QOPERATOR : ONNXRUNTIME;
}
