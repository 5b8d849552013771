import { CalibrantError } from '../../contract/errors.ts';
import type { Model } from './graph.ts';
import { obstaclesOf } from './obstacles.ts';

/**
 * Says in one sentence why a model cannot be quantized, with node and operator.
 * @throws CalibrantError `model-unsupported-opset`, `model-unknown-domain`, `model-already-quantized`, `model-unsupported-operator` (graphs inside
 *   operators, local functions), `model-unsupported-type`, `model-nan-weights`
 */
export function assertQuantizable(model: Model): void {
  const [first] = obstaclesOf(model);
  if (!first) return;
  const { code, message, node, tensor } = first;
  throw new CalibrantError(code, message, { ...(node ? { node } : {}), ...(tensor ? { tensor } : {}) });
}
