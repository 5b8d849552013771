import { CalibrantError } from '../../contract/errors.ts';
import { chooseScale, encode, fullCodes, spreadCodes } from './scale.ts';
import type { Parameters, PlannedWeight, Scheme } from './types.ts';

/**
 * The least range of a channel whose weights are all zero, as a share of the tensor's and in absolute numbers (reference: NNCF's floors). ONNX Runtime
 * takes scale 1, and with it the channel's bias loses its digits: its unit would be the whole input scale.
 */
const FLOOR_SHARE = 0.01;
const FLOOR = 8e-5;

/** Smallest and greatest value of every channel (one channel without an axis). */
interface Ranges {
  min: Float64Array;
  max: Float64Array;
}

/**
 * Scales and zero points of constant weights.
 * @param values row-major, of shape `dims`
 * @throws CalibrantError `model-nan-weights`
 */
export function chooseWeightParameters(weight: PlannedWeight, values: Float32Array, dims: readonly number[]): Parameters {
  const { scheme } = weight;
  const ranges = rangesOf(weight, values, dims, scheme.axis);
  const codes = spreadCodes(scheme.type, scheme.symmetric);
  const magnitude = absoluteMaximum(ranges);
  const floor = Math.max(FLOOR_SHARE * magnitude.reduce((a, b) => Math.max(a, b), 0), FLOOR);
  const count = ranges.min.length;
  const parameters: Parameters = {
    type: scheme.type,
    axis: scheme.axis,
    symmetric: scheme.symmetric,
    scale: new Float32Array(count),
    zeroPoint: new Int32Array(count),
    min: new Float64Array(count),
    max: new Float64Array(count),
    origin: weight.channelAxis === null ? 'constant' : 'weights',
  };
  for (let channel = 0; channel < count; channel++) {
    let chosen = chooseScale(ranges.min[channel] as number, ranges.max[channel] as number, codes, scheme.symmetric);
    if (chosen.dead) chosen = chooseScale(0, floor, codes, scheme.symmetric);
    parameters.scale[channel] = chosen.scale;
    parameters.zeroPoint[channel] = chosen.zeroPoint;
    parameters.min[channel] = chosen.min;
    parameters.max[channel] = chosen.max;
  }
  return parameters;
}

/** Codes of weights, one byte each. */
export function encodeWeights(values: Float32Array, dims: readonly number[], p: Parameters): Uint8Array {
  const { channels, inner } = layout(dims, p.axis);
  const codes = fullCodes(p.type);
  const bytes = new Uint8Array(values.length);
  for (let i = 0, channel = 0; i < values.length; channel = (channel + 1) % channels) {
    const scale = p.scale[channel] as number;
    const zeroPoint = p.zeroPoint[channel] as number;
    for (const end = i + inner; i < end; i++) bytes[i] = encode(values[i] as number, scale, zeroPoint, codes);
  }
  return bytes;
}

/** How far the channels of weights are apart. */
export interface ChannelSpread {
  /** Greatest over smallest channel absolute maximum, all-zero channels left out; 1 if there are none. */
  ratio: number;
  channels: number;
  /** Channels that get fewer than `FEW_STEPS` steps each side of zero if all share one scale. */
  starved: number;
}

/** Half a step of error is an eighth of the greatest weight then, and no longer noise. */
export const FEW_STEPS = 4;

/** null for constants without channels. */
export function channelSpread(weight: PlannedWeight, values: Float32Array, dims: readonly number[]): ChannelSpread | null {
  if (weight.channelAxis === null) return null;
  const magnitude = absoluteMaximum(rangesOf(weight, values, dims, weight.channelAxis)).filter((value) => value > 0);
  if (magnitude.length === 0) return { ratio: 1, channels: 0, starved: 0 };
  const greatest = magnitude.reduce((a, b) => Math.max(a, b));
  const smallest = magnitude.reduce((a, b) => Math.min(a, b));
  // Channels below a millionth are switched off, and rounding them to zero harms nobody.
  const alive = magnitude.filter((value) => value > greatest * 1e-6);
  const steps = stepsPerSide(weight.scheme);
  return { ratio: greatest / smallest, channels: alive.length, starved: alive.filter((value) => (value / greatest) * steps < FEW_STEPS).length };
}

function stepsPerSide(scheme: Scheme): number {
  const codes = spreadCodes(scheme.type, scheme.symmetric);
  return Math.floor((codes.max - codes.min) / 2);
}

function absoluteMaximum(ranges: Ranges): Float64Array {
  return ranges.max.map((max, channel) => Math.max(max, -(ranges.min[channel] as number)));
}

function layout(dims: readonly number[], axis: number | null): { channels: number; inner: number } {
  if (axis === null) return { channels: 1, inner: dims.reduce((a, b) => a * b, 1) };
  return { channels: dims[axis] as number, inner: dims.slice(axis + 1).reduce((a, b) => a * b, 1) };
}

function rangesOf(weight: PlannedWeight, values: Float32Array, dims: readonly number[], axis: number | null): Ranges {
  const { channels, inner } = layout(dims, axis);
  const min = new Float64Array(channels).fill(Infinity);
  const max = new Float64Array(channels).fill(-Infinity);
  for (let i = 0, channel = 0; i < values.length; channel = (channel + 1) % channels) {
    let low = min[channel] as number;
    let high = max[channel] as number;
    for (const end = i + inner; i < end; i++) {
      const value = values[i] as number;
      if (!(Math.abs(value) < Infinity)) throw notFinite(weight, value);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    min[channel] = low;
    max[channel] = high;
  }
  return { min, max };
}

function notFinite(weight: PlannedWeight, value: number): CalibrantError {
  return new CalibrantError(
    'model-nan-weights',
    `The weights ${weight.name} of node ${weight.nodes[0]} contain ${Number.isNaN(value) ? 'NaN' : 'an infinite value'}; export the model again from a sound checkpoint.`,
    { tensor: weight.name, node: weight.nodes[0] ?? '' },
  );
}
