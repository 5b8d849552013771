import type { Preprocess } from '../../contract/preprocess.ts';
import { channelsOf, createNormalizer, INPUT_ARRAYS, type InputArray } from '../data/normalize.ts';
import type { InputLook } from './mismatch.ts';

/** An input with more of its values at one end of what pixels can be is said to be saturated, percent. */
export const SATURATED_SHARE = 5;

export interface SaturationLook {
  /** Percent of the values at the end of black and of white. */
  low: number;
  high: number;
}

/** What one channel makes of the darkest and the brightest pixel. */
type Ends = readonly [dark: number, bright: number];

/** Values of the darkest and the brightest pixel by channel, in the order of the tensor. */
export function pixelEnds(preprocess: Preprocess): Ends[] {
  const channels = channelsOf(preprocess);
  const normalize = createNormalizer(preprocess);
  const [dark, bright] = [0, 255].map((pixel) => {
    const values = new INPUT_ARRAYS[preprocess.type](channels);
    normalize({ width: 1, height: 1, channels, data: new Uint8Array(channels).fill(pixel) }, values);
    return values;
  }) as [InputArray, InputArray];
  return Array.from({ length: channels }, (_, channel) => [dark[channel] as number, bright[channel] as number]);
}

/** Mean and deviation of all values of one input. */
export function lookAtInput(values: InputArray): InputLook & { min: number; max: number } {
  let [sum, squares, min, max] = [0, 0, Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / values.length;
  return { min, max, mean, deviation: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) };
}

/** How much of one input is as dark or as bright as a pixel can be. */
export function saturationOf(values: InputArray, ends: readonly Ends[], layout: Preprocess['layout']): SaturationLook {
  const each = values.length / ends.length;
  const [start, step] = layout === 'NCHW' ? [each, 1] : [1, ends.length];
  let [low, high] = [0, 0];
  for (const [channel, [dark, bright]] of ends.entries()) {
    for (let i = 0, at = channel * start; i < each; i++, at += step) {
      if (values[at] === dark) low += 1;
      else if (values[at] === bright) high += 1;
    }
  }
  return { low: (100 * low) / values.length, high: (100 * high) / values.length };
}
