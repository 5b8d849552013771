import type { Dim } from '../onnx/graph.ts';
import { elementCount } from '../onnx/tensor.ts';

/** Tensors with more channels keep no means: nobody corrects so many one by one, and their sums would cost 2 MB a tensor. */
const MOST_CHANNELS = 8192;

/** Channels lie on axis 1, in matrices as in images and sequences: value (o, c, i) of an image is found at (o · channels + c) · inner + i. */
export const CHANNEL_AXIS = 1;

export interface ChannelLayout {
  channels: number;
  inner: number;
}

/** null where there is no channel axis, the shape is not known, or it has too many channels. */
export function channelLayout(shape: readonly Dim[] | null | undefined): ChannelLayout | null {
  if (!shape || shape.length <= CHANNEL_AXIS || !shape.every((dim) => typeof dim === 'number')) return null;
  const channels = shape[CHANNEL_AXIS] as number;
  return channels >= 1 && channels <= MOST_CHANNELS ? { channels, inner: elementCount(shape.slice(CHANNEL_AXIS + 1)) } : null;
}

/** Mean of every channel of one image, its values [from, to), summed in float64. */
export function channelMeans(values: Float32Array, from: number, to: number, { channels, inner }: ChannelLayout): Float64Array {
  const means = new Float64Array(channels);
  let at = from;
  while (at < to) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (const end = at + inner; at < end; at++) sum += values[at] as number;
      means[channel] = (means[channel] as number) + sum;
    }
  }
  const each = (to - from) / channels;
  return means.map((sum) => sum / each);
}
