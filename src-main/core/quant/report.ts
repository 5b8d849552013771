import type { QuantizedTensor } from '../../contract/results.ts';
import type { Parameters, QuantizedConstant, QuantizedGraph } from './types.ts';

/** Every quantized tensor with its numbers, as results show it: activations in the order of the graph, then weights, then biases. */
export function quantizedTensors(quantized: QuantizedGraph): QuantizedTensor[] {
  const constants = (kind: 'weight' | 'bias', list: Iterable<QuantizedConstant>): QuantizedTensor[] =>
    [...list].map((constant) => ({
      ...describe(constant.name, kind, constant.parameters),
      ...(constant.channelRangeRatio === undefined ? {} : { channelRangeRatio: constant.channelRangeRatio }),
    }));
  return [
    ...[...quantized.activations].map(([name, parameters]) => describe(name, 'activation', parameters)),
    ...constants('weight', quantized.weights.values()),
    ...quantized.plan.halfWeights.map(halfWeight),
    ...constants('bias', quantized.biases.values()),
  ];
}

function halfWeight(name: string): QuantizedTensor {
  const none = { scale: null, zeroPoint: null, range: null, axis: null };
  return { name, kind: 'weight', type: 'float16', granularity: 'per-tensor', symmetric: true, origin: 'weights', ...none };
}

function describe(name: string, kind: QuantizedTensor['kind'], p: Parameters): QuantizedTensor {
  const blocks = p.blockSize !== null;
  const numbers = (list: Float32Array | Float64Array | Int32Array): number | number[] => (p.axis === null ? (list[0] as number) : [...list]);
  return {
    name,
    kind,
    type: p.type,
    granularity: blocks ? 'per-block' : p.axis === null ? 'per-tensor' : 'per-channel',
    axis: p.axis,
    symmetric: p.symmetric,
    scale: blocks ? null : numbers(p.scale),
    zeroPoint: blocks ? null : numbers(p.zeroPoint),
    range: kind === 'bias' || blocks ? null : { min: numbers(p.min), max: numbers(p.max) },
    origin: p.origin,
  };
}
