import type { TensorPreview } from '../../../src-main/contract/data.ts';
import { cividis } from '../../charts/colour-scales.ts';

type Tensor = TensorPreview['tensor'];

/** Height, width and channels of the last three axes. */
export function extent({ shape, layout }: Pick<Tensor, 'shape' | 'layout'>): { height: number; width: number; channels: number } {
  const [a = 1, b = 1, c = 1] = shape.slice(-3);
  return layout === 'NCHW' ? { channels: a, height: b, width: c } : { height: a, width: b, channels: c };
}

/** Where channel `c` of pixel `p` stands in the values. */
function at(layout: Tensor['layout'], pixels: number, channels: number, p: number, c: number): number {
  return layout === 'NCHW' ? c * pixels + p : p * channels + c;
}

/**
 * The tensor in false colour, RGBA. One channel: cividis from its least to its greatest value. `all`: channels 1, 2, 3 as red, green, blue, black at the
 * least and full at the greatest value of the whole tensor – so swapped channels and wrong ranges look wrong.
 */
export function falseColour(tensor: Tensor, channel: number | 'all'): Uint8ClampedArray<ArrayBuffer> {
  const { height, width, channels } = extent(tensor);
  const pixels = height * width;
  const rgba = new Uint8ClampedArray(4 * pixels).fill(255);
  const shown = channel === 'all' ? tensor.channels : tensor.channels.slice(channel, channel + 1);
  const min = Math.min(...shown.map((one) => one.min));
  const span = Math.max(...shown.map((one) => one.max)) - min || 1;
  for (let p = 0; p < pixels; p += 1) {
    const value = (c: number): number => ((tensor.values[at(tensor.layout, pixels, channels, p, Math.min(c, channels - 1))] ?? min) - min) / span;
    if (channel === 'all') for (let c = 0; c < 3; c += 1) rgba[4 * p + c] = 255 * value(c);
    else rgba.set(cividis(value(channel)), 4 * p);
  }
  return rgba;
}
