import type { PlanPreview } from '../../contract/results.ts';
import { writeModel } from '../onnx/write.ts';
import { emitQdq } from './emit/qdq.ts';
import { chooseParameters } from './parameters.ts';
import type { Plan } from './types.ts';

/**
 * What follows from a recipe before any image is touched. The size is that of the model written with made-up ranges: numbers take the same room whatever
 * they are, and the weights' own warnings come with it.
 * @param floatBytes size of the float file with its external data; that of the prepared model, written, where it is not known
 */
export function planPreview(plan: Plan, floatBytes = writeModel(plan.prepared).length): PlanPreview {
  const quantized = chooseParameters(plan, new Map(plan.observed.map((name) => [name, { min: -1, max: 1 }])));
  const count = (placement: string): number => plan.placements.filter((placed) => placed.placement === placement).length;
  return {
    nodes: { integer: count('integer'), float: count('float') },
    placements: plan.placements,
    sizeBytes: { float: floatBytes, estimated: writeModel(emitQdq(quantized)).length },
    // Whether a bias overflows depends on the range of its input, which is made up here.
    warnings: quantized.warnings.filter(({ code }) => code !== 'bias-overflow-guard'),
  };
}
