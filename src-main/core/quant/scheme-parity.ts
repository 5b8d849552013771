import type { Recipe } from '../../contract/recipe.ts';
import type { Node } from '../onnx/graph.ts';
import { isSigned } from './scale.ts';
import type { Scheme } from './types.ts';

/**
 * What ONNX Runtime's Python tool makes of the scheme that the weights of a node would have (reference: `_calc_initializer_quant_params` of its QDQ
 * quantizer, `quantize_weight_per_channel_impl` of the other).
 * @param channelAxis of the output channels
 */
export function parityWeightScheme(scheme: Scheme, node: Node, channelAxis: number | null, recipe: Recipe): Scheme {
  const changed = { ...scheme };
  const perChannel = recipe.granularity === 'per-channel';
  if (scheme.blockSize !== null) {
    // Blocks cut the channels, or the first axis where there is no scale per channel.
    changed.axis = perChannel ? channelAxis : 0;
    changed.symmetric = recipe.symmetricWeights ?? (perChannel || isSigned(scheme.type));
  } else if (recipe.format === 'qoperator' && scheme.axis !== null) {
    // Per channel, convolutions know one type, and unsigned weights of all others have a zero point in every channel.
    if (node.op === 'Conv') changed.type = 'int8';
    changed.symmetric = recipe.symmetricWeights ?? isSigned(changed.type);
  }
  // Symmetric int4 is spread over −8 … 7, so that the greatest weight is clipped.
  if (changed.type === 'int4' && recipe.weightCodes === 'restricted') changed.codes = 'full';
  return changed;
}

/** The same for a constant of an element-wise operator. */
export function parityElementwiseScheme(scheme: Scheme, { format, weights, symmetricWeights, weightCodes }: Recipe): Scheme {
  if (format === 'qdq') return { ...scheme, codes: weightCodes };
  // QOperator takes it for weights where the types are the same.
  return scheme.type === weights ? { ...scheme, symmetric: symmetricWeights ?? isSigned(scheme.type) } : scheme;
}
