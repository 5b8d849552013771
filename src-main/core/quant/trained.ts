import { fullCodes } from './scale.ts';
import type { Given, IntegerType, PlannedActivation } from './types.ts';

/** Parameters that a tensor was trained or quantized with before. */
export interface Trained {
  type: IntegerType;
  scale: number;
  zeroPoint: number;
}

/**
 * Ranges that training has found stay: the network has adapted to them, and observing them anew would throw that away. Of the same type the very scale and
 * zero point, otherwise the range that they covered.
 */
export function keepTrained(activations: readonly PlannedActivation[], trained: ReadonlyMap<string, Trained>): PlannedActivation[] {
  return activations.map((activation) => {
    const known = trained.get(activation.name);
    if (!known || activation.range.from === 'shared') return activation;
    const { type, scale, zeroPoint } = known;
    const codes = fullCodes(type);
    const given: Given =
      type === activation.scheme.type ? { scale, zeroPoint } : { min: (codes.min - zeroPoint) * scale, max: (codes.max - zeroPoint) * scale };
    return { ...activation, range: { from: 'given', given, by: 'the training of the model' } };
  });
}
