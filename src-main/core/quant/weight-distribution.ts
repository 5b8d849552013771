import type { WeightDistribution } from '../../contract/evidence.ts';
import type { Tensor } from '../onnx/graph.ts';
import { floatsOf } from '../onnx/tensor.ts';
import { unpackCodes } from './codes.ts';
import { forEachRun, scaleLayout } from './scale-layout.ts';
import { fullCodes } from './scale.ts';
import type { PlannedWeight } from './types.ts';
import { chooseWeightParameters, encodeWeights } from './weights.ts';

const BINS = 512;

/**
 * The float values of a constant that was quantized, and what its scheme makes of them.
 * @param planned null: kept in half precision, which has no levels to speak of
 * @throws CalibrantError `model-nan-weights`, `model-unsupported-type`
 */
export function weightDistribution(tensor: Tensor, planned: PlannedWeight | null, parity: boolean): WeightDistribution {
  const values = floatsOf(tensor);
  const channelAxis = planned?.channelAxis ?? null;
  const { min, max } = rangesByChannel(values, tensor.dims, channelAxis);
  return {
    name: tensor.name,
    dims: [...tensor.dims],
    channelAxis,
    min: [...min],
    max: [...max],
    histogram: histogramOf(values, least(min), greatest(max)),
    ...(planned ? codesOf(planned, values, tensor.dims, parity) : { deadLevels: null, levels: null, zeroShare: share(values, (value) => value === 0) }),
  };
}

function rangesByChannel(values: Float32Array, dims: readonly number[], axis: number | null): { min: Float64Array; max: Float64Array } {
  const layout = scaleLayout(dims, { axis, blockSize: null });
  const min = new Float64Array(layout.count).fill(Infinity);
  const max = new Float64Array(layout.count).fill(-Infinity);
  forEachRun(layout, (from, to, channel) => {
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      if (value < (min[channel] as number)) min[channel] = value;
      if (value > (max[channel] as number)) max[channel] = value;
    }
  });
  return { min, max };
}

/** Bins of equal width between the least and the greatest value. */
function histogramOf(values: Float32Array, min: number, max: number): WeightDistribution['histogram'] {
  // All values the same: one bin around it.
  const width = max > min ? (max - min) / BINS : Math.max(Math.abs(max), 1) * 1e-6;
  const counts = new Float64Array(max > min ? BINS : 1);
  for (const value of values) {
    const bin = Math.min(counts.length - 1, Math.floor((value - min) / width));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { start: min, width, counts };
}

/** Codes that no weight has, whatever its channel, and the share of weights that become zero. */
function codesOf(
  planned: PlannedWeight,
  values: Float32Array,
  dims: readonly number[],
  parity: boolean,
): Pick<WeightDistribution, 'deadLevels' | 'levels' | 'zeroShare'> {
  const parameters = chooseWeightParameters(planned, values, dims, parity);
  const codes = unpackCodes(parameters.type, encodeWeights(values, dims, parameters), values.length);
  const { min, max } = fullCodes(parameters.type);
  const levels = max - min + 1;
  let zeros = 0;
  forEachRun(scaleLayout(dims, parameters), (from, to, index) => {
    const zeroPoint = parameters.zeroPoint[index];
    for (let i = from; i < to; i++) if (codes[i] === zeroPoint) zeros += 1;
  });
  return { deadLevels: levels - new Set(codes).size, levels, zeroShare: (100 * zeros) / Math.max(1, values.length) };
}

function share(values: Float32Array, isIt: (value: number) => boolean): number {
  return (100 * values.reduce((sum, value) => sum + Number(isIt(value)), 0)) / Math.max(1, values.length);
}

const least = (list: Float64Array): number => list.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (list: Float64Array): number => list.reduce((a, b) => Math.max(a, b), -Infinity);
