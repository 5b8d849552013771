import type { Problem } from '../../contract/model.ts';
import { needsImages, type Recipe } from '../../contract/recipe.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { quantizationKind } from '../../core/onnx/kind.ts';
import { auditQuantized } from '../../core/quant/existing/audit.ts';
import { dequantizeModel } from '../../core/quant/existing/dequantize.ts';
import { foldTrainedWeights } from '../../core/quant/existing/fold-trained.ts';
import type { Trained } from '../../core/quant/trained.ts';
import { note, warning } from '../problems.ts';
import type { JobContext } from '../progress.ts';
import type { Outcome } from './outcome.ts';

/** Where quantization starts. */
export interface Source {
  float: Model;
  trained: ReadonlyMap<string, Trained>;
  notes: Problem[];
  /** The model is quantized and stays as it is. */
  kept: Model | null;
}

/** @throws CalibrantError `model-unsupported-operator` for what cannot be dequantized */
export function sourceOf(model: Model, { quantizedInput, format }: Recipe): Source {
  const kind = quantizationKind(model.graph);
  if (kind === 'none') return { float: model, trained: new Map(), notes: [], kept: null };
  if (quantizedInput === 'keep') return { float: model, trained: new Map(), notes: [], kept: model };
  // Refused by `assertQuantizable`, which names the node that tells.
  if (quantizedInput === 'refuse') return { float: model, trained: new Map(), notes: [], kept: null };
  const { model: float, trained, notes } = dequantizeModel(model);
  if (quantizedInput === 'dequantize' || !needsImages({ format })) {
    return {
      float,
      trained: new Map(),
      notes: [note('dequantized', `The model was quantized (${kind}) and has been dequantized.`), ...notes, ...lost(model)],
      kept: null,
    };
  }
  const message = `The model was quantized (${kind}) and has been dequantized; ${trained.size} activations keep the ranges that they had.`;
  return { float, trained, notes: [note('dequantized', message), ...notes], kept: null };
}

/** Weights in float behind Q/DQ are a training's: it has adapted to ranges that observation will not find again. */
function lost(model: Model): Problem[] {
  if (foldTrainedWeights(model) === model) return [];
  return [
    warning(
      'trained-ranges-lost',
      'The model was trained with its quantization, and the ranges that it was trained with are given up; take keep-ranges to keep them.',
    ),
  ];
}

/** Writes the model with the parameters that it has: weights that a training kept in float behind Q/DQ become integers; what the audit finds is said. */
export function keepQuantized(model: Model, { progress }: JobContext): Outcome {
  progress.step();
  progress.start('statistics', 1);
  progress.step();
  progress.start('parameters', 1);
  const folded = foldTrainedWeights(model);
  const { findings, placements, tensors } = auditQuantized(folded);
  progress.step();
  progress.start('emit', 1);
  progress.step();
  return { model: folded, placements, tensors, warnings: findings, differences: [], observed: null, seconds: { statistics: 0, parameters: 0, emit: 0 } };
}
