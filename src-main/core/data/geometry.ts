import { CalibrantError } from '../../contract/errors.ts';
import type { Preprocess, Resize } from '../../contract/preprocess.ts';
import { roundHalfEven } from './round.ts';

export interface Size {
  width: number;
  height: number;
}
export interface Rect extends Size {
  left: number;
  top: number;
}

/** What happens to one image, in this order. Null steps do nothing. */
export interface Geometry {
  crop: Rect | null;
  resize: (Size & { filter: Resize['filter'] }) | null;
  pad: { left: number; top: number; right: number; bottom: number; value: number } | null;
  centerCrop: Rect | null;
  /** What comes out. */
  size: Size;
}

/**
 * The steps for an image of this size. Rounding follows torchvision where it has the same step: `shortSide` cuts the long side down to a whole pixel,
 * a centred crop starts at half the rest rounded half to even. Throws `preprocess-mismatch` when the centre crop is larger than the image.
 */
export function planGeometry(image: Size, preprocess: Preprocess): Geometry {
  let size = image;
  let crop: Rect | null = null;
  if (preprocess.crop && preprocess.crop.fraction < 1) {
    const side = Math.max(1, Math.round(Math.min(size.width, size.height) * preprocess.crop.fraction));
    crop = centred(size, { width: side, height: side });
    size = crop;
  }

  let resize: Geometry['resize'] = null;
  let pad: Geometry['pad'] = null;
  if (preprocess.resize) {
    const target = resizedSize(size, preprocess.resize);
    if (target.width !== size.width || target.height !== size.height) resize = { ...target, filter: preprocess.resize.filter };
    size = target;
    if ('fit' in preprocess.resize) {
      pad = paddingOf(size, preprocess.resize);
      size = { width: preprocess.resize.fit[0], height: preprocess.resize.fit[1] };
    }
  }

  let centerCrop: Rect | null = null;
  if (preprocess.centerCrop) {
    const [width, height] = preprocess.centerCrop;
    if (width > size.width || height > size.height) {
      throw new CalibrantError(
        'preprocess-mismatch',
        `The centre crop of ${width}×${height} is larger than the image of ${size.width}×${size.height} that it is taken from; resize to a larger size first.`,
      );
    }
    if (width !== size.width || height !== size.height) centerCrop = centred(size, { width, height });
    size = { width, height };
  }
  return { crop, resize, pad, centerCrop, size: { width: size.width, height: size.height } };
}

/** The size that every image comes out with, or null when it depends on the image. */
export function fixedSize(preprocess: Preprocess): Size | null {
  const { centerCrop, resize } = preprocess;
  if (centerCrop) return { width: centerCrop[0], height: centerCrop[1] };
  if (resize && 'width' in resize) return { width: resize.width, height: resize.height };
  if (resize && 'fit' in resize) return { width: resize.fit[0], height: resize.fit[1] };
  if (resize && preprocess.crop) return { width: resize.shortSide, height: resize.shortSide };
  return null;
}

function resizedSize(from: Size, resize: Resize): Size {
  if ('width' in resize) return { width: resize.width, height: resize.height };
  if ('fit' in resize) {
    const ratio = Math.min(resize.fit[0] / from.width, resize.fit[1] / from.height);
    return { width: Math.max(1, Math.round(from.width * ratio)), height: Math.max(1, Math.round(from.height * ratio)) };
  }
  const side = resize.shortSide;
  return from.width <= from.height
    ? { width: side, height: Math.max(side, Math.floor((side * from.height) / from.width)) }
    : { width: Math.max(side, Math.floor((side * from.width) / from.height)), height: side };
}

function paddingOf(inner: Size, { fit, anchor, pad }: Extract<Resize, { fit: unknown }>): Geometry['pad'] {
  const horizontal = fit[0] - inner.width;
  const vertical = fit[1] - inner.height;
  if (horizontal === 0 && vertical === 0) return null;
  const left = anchor === 'center' ? Math.floor(horizontal / 2) : 0;
  const top = anchor === 'center' ? Math.floor(vertical / 2) : 0;
  return { left, top, right: horizontal - left, bottom: vertical - top, value: pad };
}

function centred(outer: Size, inner: Size): Rect {
  return { left: roundHalfEven((outer.width - inner.width) / 2), top: roundHalfEven((outer.height - inner.height) / 2), ...inner };
}
