import type { Model } from './graph.ts';

/** Version of ai.onnx that a model uses; 0 if it names none. */
export function opsetOf(model: Model): number {
  return model.opsets.get('') ?? 0;
}
