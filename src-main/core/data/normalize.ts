import { CalibrantError } from '../../contract/errors.ts';
import type { Preprocess } from '../../contract/preprocess.ts';
import type { Size } from './geometry.ts';
import { roundHalfEven } from '../quant/scale.ts';

/** 8-bit pixels, row by row; three channels are R, G, B. */
export interface Pixels extends Size {
  channels: 1 | 3;
  data: Uint8Array;
}

export type InputArray = Float32Array | Uint8Array | Int8Array;
export type InputType = Preprocess['type'];

export const INPUT_ARRAYS = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array } as const;

export function channelsOf(preprocess: Preprocess): 1 | 3 {
  return preprocess.color === 'gray' ? 1 : 3;
}

/** Shape of the tensor of one image, batch included. */
export function tensorShape(preprocess: Preprocess, size: Size): number[] {
  const channels = channelsOf(preprocess);
  return preprocess.layout === 'NCHW' ? [1, channels, size.height, size.width] : [1, size.height, size.width, channels];
}

/**
 * Pixels → tensor values, (pixel·scale − mean) / std in the order of `color`, written into `into` in the order of `layout`.
 * Gray from colour is ITU-R BT.601 luma in 16-bit fixed point, as PIL and OpenCV reduce 8-bit images; colour from gray repeats it.
 * Throws `preprocess-invalid` when mean or std fits neither one channel nor all.
 */
export function createNormalizer(preprocess: Preprocess): (pixels: Pixels, into: InputArray) => void {
  const channels = channelsOf(preprocess);
  // 256 possible pixels a channel: the formula is computed once for each.
  const tables = Array.from({ length: channels }, (_, channel) => valueTable(preprocess, channel, channels));
  const sourceChannel = (channel: number) => (preprocess.color === 'BGR' ? 2 - channel : channel);

  return (pixels, into) => {
    const count = pixels.width * pixels.height;
    const source = channels === 1 ? toGray(pixels) : pixels.data;
    const sourceStep = channels === 1 ? 1 : pixels.channels;
    const step = preprocess.layout === 'NHWC' ? channels : 1;
    for (let channel = 0; channel < channels; channel += 1) {
      const table = tables[channel] as Float32Array;
      let from = sourceStep === 1 ? 0 : sourceChannel(channel);
      let to = preprocess.layout === 'NHWC' ? channel : channel * count;
      for (let i = 0; i < count; i += 1, from += sourceStep, to += step) into[to] = table[source[from] as number] as number;
    }
  };
}

function valueTable(preprocess: Preprocess, channel: number, channels: number): Float32Array {
  const mean = channelValue(preprocess.mean, 'mean', channel, channels);
  const std = channelValue(preprocess.std, 'std', channel, channels);
  const bounds = { float32: null, uint8: [0, 255], int8: [-128, 127] }[preprocess.type];
  return Float32Array.from({ length: 256 }, (_, pixel) => {
    const value = (pixel * preprocess.scale - mean) / std;
    return bounds ? Math.min(Math.max(roundHalfEven(value), bounds[0] as number), bounds[1] as number) : value;
  });
}

function channelValue(values: number[], name: string, channel: number, channels: number): number {
  if (values.length !== 1 && values.length !== channels) {
    throw new CalibrantError(
      'preprocess-invalid',
      `The preprocessing gives ${values.length} values for "${name}", but the image has ${channels} channels; give 1 or ${channels}.`,
    );
  }
  return (values.length === 1 ? values[0] : values[channel]) as number;
}

function toGray({ channels, data }: Pixels): Uint8Array {
  if (channels === 1) return data;
  const gray = new Uint8Array(data.length / 3);
  for (let i = 0, at = 0; i < gray.length; i += 1, at += 3) {
    gray[i] = ((data[at] as number) * 19595 + (data[at + 1] as number) * 38470 + (data[at + 2] as number) * 7471 + 0x8000) >>> 16;
  }
  return gray;
}
