import type { Problem } from '../../contract/model.ts';
import type { Placement, QuantizedTensor, QuantizeResult } from '../../contract/results.ts';
import type { Model } from '../../core/onnx/graph.ts';
import type { Observed } from '../stages/statistics.ts';

/** What a recipe has made of a model, before it is written. */
export interface Outcome {
  model: Model;
  placements: Placement[];
  tensors: QuantizedTensor[];
  warnings: Problem[];
  differences: Problem[];
  /** null where no images were looked at. */
  observed: Observed | null;
  seconds: QuantizeResult['seconds'];
}

export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
