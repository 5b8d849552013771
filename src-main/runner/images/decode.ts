import sharp from 'sharp';
import type { Sharp, SharpOptions } from 'sharp';
import { CalibrantError } from '../../contract/errors.ts';
import type { Preprocess, Resize } from '../../contract/preprocess.ts';
import { planGeometry, type Geometry, type Size } from '../../core/data/geometry.ts';
import type { Pixels } from '../../core/data/normalize.ts';

// Parallelism is between images (see feed.ts); within one image libvips threads would only take turns with ONNX Runtime's.
sharp.concurrency(1);
// Every image is read once.
sharp.cache(false);

const KERNELS = { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic', lanczos3: 'lanczos3' } as const satisfies Record<Resize['filter'], string>;

/** A file, or pixels that are already there. */
export type ImageSource = string | Pixels;

const MAX_PIXELS = 200_000_000;
// Colour profiles are ignored, as they are by every training pipeline (PIL, OpenCV, TensorFlow) and on the device.
const OPTIONS = { failOn: 'error', autoOrient: true, ignoreIcc: true, limitInputPixels: MAX_PIXELS } as const satisfies SharpOptions;

/**
 * One image as 8-bit RGB, upright (EXIF), without alpha, cropped and resized. Resizing never uses the decoder's own shrinking, which would make the
 * result depend on the JPEG's size. Throws what libvips says of a broken image, in one line.
 */
export async function decodeImage(source: ImageSource, preprocess: Preprocess): Promise<Pixels> {
  return (await decodeUpright(source, preprocess)).pixels;
}

/** The same, with the size that the upright image had before. */
export async function decodeUpright(source: ImageSource, preprocess: Preprocess): Promise<{ pixels: Pixels; image: Size }> {
  const { image, size } = await openImage(source);
  const geometry = planGeometry(size, preprocess);
  if (typeof source !== 'string' && isIdentity(geometry)) return { pixels: source, image: size };
  return { pixels: await toPixels(applyGeometry(image, geometry)), image: { width: size.width, height: size.height } };
}

/** The upright image without any preprocessing. */
export async function openImage(source: ImageSource): Promise<{ image: Sharp; size: Size }> {
  if (typeof source !== 'string') return { image: fromPixels(source), size: source };
  try {
    const { autoOrient: size, hasAlpha } = await sharp(source, OPTIONS).metadata();
    // Alpha is dropped before resizing: libvips would multiply it into the colours.
    if (hasAlpha) {
      const pixels = await toPixels(sharp(source, OPTIONS));
      return { image: fromPixels(pixels), size: pixels };
    }
    return { image: sharp(source, OPTIONS), size };
  } catch (cause) {
    throw unreadable(cause);
  }
}

export function applyGeometry(image: Sharp, { crop, resize, pad, centerCrop }: Geometry): Sharp {
  if (crop) image.extract(crop);
  if (resize) image.resize({ width: resize.width, height: resize.height, fit: 'fill', kernel: KERNELS[resize.filter], fastShrinkOnLoad: false });
  if (centerCrop) image.extract(centerCrop);
  if (pad) image.extend({ left: pad.left, top: pad.top, right: pad.right, bottom: pad.bottom, background: { r: pad.value, g: pad.value, b: pad.value } });
  return image;
}

async function toPixels(image: Sharp): Promise<Pixels> {
  try {
    const { data, info } = await image.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: info.channels === 1 ? 1 : 3, data };
  } catch (cause) {
    throw unreadable(cause);
  }
}

function fromPixels({ width, height, channels, data }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

function isIdentity({ crop, resize, pad, centerCrop }: Geometry): boolean {
  return !crop && !resize && !pad && !centerCrop;
}

/** libvips reports several lines, and repeats the path that the caller names anyway. */
function unreadable(cause: unknown): CalibrantError {
  if (cause instanceof CalibrantError) return cause;
  const line = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
  const said = line.replace(/^(Vips\w+|Input (file|buffer))\s*:?\s*/i, '').replace(/: \/.*$/, '');
  return new CalibrantError(
    'data-unreadable',
    said.includes('unsupported image format') ? 'not an image that can be read, or an empty file' : said,
    undefined,
    cause,
  );
}
