import type { TensorPreview } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Preprocess } from '../../contract/preprocess.ts';
import { planGeometry } from '../../core/data/geometry.ts';
import { channelsOf, createNormalizer, tensorShape, type Pixels } from '../../core/data/normalize.ts';
import type { Sharp } from 'sharp';
import { applyGeometry, decodeImage, openImage, type ImageSource } from './decode.ts';

/** Longest side of the pictures of a preview; the tensor itself is complete. */
const PREVIEW_SIDE = 512;
const QUALITY = 85;

interface Picture {
  jpeg: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
}

/** At most `size` pixels on its longer side. Small images are not enlarged. */
export async function thumbnail(source: ImageSource, size: number): Promise<Picture> {
  const { image } = await openImage(source);
  return toJpeg(image, size);
}

/** One image before, in the middle of and after its preprocessing, by the same code that feeds the model. */
export async function previewTensor(source: ImageSource, preprocess: Preprocess): Promise<TensorPreview> {
  const original = await openImage(source);
  const cropped = await openImage(source);
  const pixels = await decodeImage(source, preprocess);
  const shape = tensorShape(preprocess, pixels);
  const values = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
  createNormalizer(preprocess)(pixels, values);
  return {
    original: { ...(await toJpeg(original.image, PREVIEW_SIDE)), width: original.size.width, height: original.size.height },
    cropped: { ...(await toJpeg(applyGeometry(cropped.image, planGeometry(cropped.size, preprocess)), null)), width: pixels.width, height: pixels.height },
    tensor: { shape, layout: preprocess.layout, values, channels: describeChannels(values, preprocess, pixels) },
  };
}

function describeChannels(values: Float32Array, preprocess: Preprocess, { width, height }: Pixels): TensorPreview['tensor']['channels'] {
  const channels = channelsOf(preprocess);
  const names = preprocess.color === 'gray' ? ['gray'] : [...preprocess.color];
  const count = width * height;
  return names.map((name, channel) => {
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      const value = values[preprocess.layout === 'NCHW' ? channel * count + i : i * channels + channel] as number;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    return { name, min, mean: sum / count, max };
  });
}

async function toJpeg(image: Sharp, side: number | null): Promise<Picture> {
  try {
    if (side !== null) image.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
    const { data, info } = await image
      .flatten({ background: '#808080' })
      .toColourspace('srgb')
      .jpeg({ quality: QUALITY })
      .toBuffer({ resolveWithObject: true });
    return { jpeg: new Uint8Array(data), width: info.width, height: info.height };
  } catch (cause) {
    throw new CalibrantError(
      'data-unreadable',
      `The image cannot be read: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}.`,
      undefined,
      cause,
    );
  }
}
