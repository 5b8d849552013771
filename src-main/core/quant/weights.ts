import { CalibrantError } from '../../contract/errors.ts';
import { chooseBlockScale, encodeInBlock, hasBlockCodes } from './block-codes.ts';
import { codeBuffer } from './codes.ts';
import { forEachRun, scaleLayout, type ScaleLayout } from './scale-layout.ts';
import { chooseScale, encode, fullCodes, spreadCodes } from './scale.ts';
import type { Given, Parameters, PlannedWeight, Scheme } from './types.ts';

/**
 * The least range of a channel whose weights are all zero, as a share of the tensor's and in absolute numbers (reference: NNCF's floors). ONNX Runtime
 * takes scale 1, and with it the channel's bias loses its digits: its unit would be the whole input scale.
 */
const FLOOR_SHARE = 0.01;
const FLOOR = 8e-5;

/** Smallest and greatest value of everything that has a scale of its own. */
interface Ranges {
  min: Float64Array;
  max: Float64Array;
}

/**
 * Scales and zero points of constant weights.
 * @param values row-major, of shape `dims`
 * @param parity scale 1 for channels that are all zero, as ONNX Runtime's Python tool has it
 * @throws CalibrantError `model-nan-weights`
 */
export function chooseWeightParameters(weight: PlannedWeight, values: Float32Array, dims: readonly number[], parity: boolean): Parameters {
  const { scheme } = weight;
  const ranges = rangesOf(weight, values, scaleLayout(dims, scheme));
  const codes = spreadCodes(scheme.type, scheme.symmetric, scheme.codes);
  const floor = Math.max(FLOOR_SHARE * absoluteMaximum(ranges).reduce((a, b) => Math.max(a, b), 0), FLOOR);
  const count = ranges.min.length;
  const parameters: Parameters = {
    type: scheme.type,
    axis: scheme.axis,
    blockSize: scheme.blockSize,
    symmetric: isCentred(weight.given?.given, scheme),
    ...(!weight.given && hasBlockCodes(scheme) ? { arithmetic: 'nbits' } : {}),
    scale: new Float32Array(count),
    zeroPoint: new Int32Array(count),
    min: new Float64Array(count),
    max: new Float64Array(count),
    origin: weight.given ? `given by ${weight.given.by}` : weight.channelAxis === null ? 'constant' : 'weights',
  };
  for (let i = 0; i < count; i++) {
    const chosen = weight.given
      ? chooseGiven(weight.given.given, scheme)
      : chooseObserved(ranges.min[i] as number, ranges.max[i] as number, scheme, parity ? null : floor, codes);
    parameters.scale[i] = chosen.scale;
    parameters.zeroPoint[i] = chosen.zeroPoint;
    parameters.min[i] = chosen.min;
    parameters.max[i] = chosen.max;
  }
  return parameters;
}

/** A zero point that somebody gives decides over the symmetry, not the other way round. */
function isCentred(given: Given | undefined, { type, symmetric }: Scheme): boolean {
  if (!given || 'min' in given) return symmetric;
  const { min, max } = fullCodes(type);
  return given.zeroPoint === Math.round((min + max) / 2);
}

function chooseObserved(min: number, max: number, scheme: Scheme, floor: number | null, codes: { min: number; max: number }): Chosen {
  if (hasBlockCodes(scheme)) return chooseBlockScale(min, max, scheme.type, scheme.symmetric);
  const chosen = chooseScale(min, max, codes, scheme.symmetric);
  return chosen.dead && floor !== null ? chooseScale(0, floor, codes, scheme.symmetric) : chosen;
}

interface Chosen {
  scale: number;
  zeroPoint: number;
  min: number;
  max: number;
}

/** Scale and zero point that somebody has decided, or those of the range that somebody has. */
export function chooseGiven(given: Given, scheme: Scheme): Chosen {
  if ('min' in given) return chooseScale(given.min, given.max, spreadCodes(scheme.type, scheme.symmetric, scheme.codes), scheme.symmetric);
  const [scale, codes] = [Math.fround(given.scale), fullCodes(scheme.type)];
  return { scale, zeroPoint: given.zeroPoint, min: (codes.min - given.zeroPoint) * scale, max: (codes.max - given.zeroPoint) * scale };
}

/** Codes of weights, as ONNX keeps them. */
export function encodeWeights(values: Float32Array, dims: readonly number[], p: Parameters): Uint8Array {
  const codes = fullCodes(p.type);
  const buffer = codeBuffer(p.type, values.length);
  const code = p.arithmetic === 'nbits' ? encodeInBlock : encode;
  forEachRun(scaleLayout(dims, p), (from, to, index) => {
    const scale = p.scale[index] as number;
    const zeroPoint = p.zeroPoint[index] as number;
    for (let i = from; i < to; i++) buffer.set(i, code(values[i] as number, scale, zeroPoint, codes));
  });
  return buffer.bytes;
}

/** How far the channels of weights are apart. */
export interface ChannelSpread {
  /** Channels whose weights are all zero. */
  zero: number;
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
  const all = absoluteMaximum(rangesOf(weight, values, scaleLayout(dims, { axis: weight.channelAxis, blockSize: null })));
  const magnitude = all.filter((value) => value > 0);
  const zero = all.length - magnitude.length;
  if (magnitude.length === 0) return { zero, ratio: 1, channels: 0, starved: 0 };
  const greatest = magnitude.reduce((a, b) => Math.max(a, b));
  const smallest = magnitude.reduce((a, b) => Math.min(a, b));
  // Channels below a millionth are switched off, and rounding them to zero harms nobody.
  const alive = magnitude.filter((value) => value > greatest * 1e-6);
  const steps = stepsPerSide(weight.scheme);
  return { zero, ratio: greatest / smallest, channels: alive.length, starved: alive.filter((value) => (value / greatest) * steps < FEW_STEPS).length };
}

function stepsPerSide(scheme: Scheme): number {
  const codes = spreadCodes(scheme.type, scheme.symmetric, scheme.codes);
  return Math.floor((codes.max - codes.min) / 2);
}

function absoluteMaximum(ranges: Ranges): Float64Array {
  return ranges.max.map((max, channel) => Math.max(max, -(ranges.min[channel] as number)));
}

function rangesOf(weight: PlannedWeight, values: Float32Array, layout: ScaleLayout): Ranges {
  const min = new Float64Array(layout.count).fill(Infinity);
  const max = new Float64Array(layout.count).fill(-Infinity);
  forEachRun(layout, (from, to, index) => {
    let low = min[index] as number;
    let high = max[index] as number;
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      if (!(Math.abs(value) < Infinity)) throw notFinite(weight, value);
      if (value < low) low = value;
      if (value > high) high = value;
    }
    min[index] = low;
    max[index] = high;
  });
  return { min, max };
}

function notFinite(weight: PlannedWeight, value: number): CalibrantError {
  return new CalibrantError(
    'model-nan-weights',
    `The weights ${weight.name} of node ${weight.nodes[0]} contain ${Number.isNaN(value) ? 'NaN' : 'an infinite value'}; export the model again from a sound checkpoint.`,
    { tensor: weight.name, node: weight.nodes[0] ?? '' },
  );
}
