import { CalibrantError } from '../../contract/errors.ts';
import type { Preprocess, Resize } from '../../contract/preprocess.ts';
import { roundHalfEven } from '../quant/scale.ts';

export interface Size {
  width: number;
  height: number;
}
interface Margins {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
export interface Rect extends Size {
  left: number;
  top: number;
}

/** What happens to one image, in this order. Null steps do nothing. */
export interface Geometry {
  crop: Rect | null;
  resize: (Size & { filter: Resize['filter'] }) | null;
  /** What the centre crop leaves of the image itself; of the padding it leaves `pad`. */
  centerCrop: Rect | null;
  pad: (Margins & { value: number }) | null;
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
  let margins: Margins = { left: 0, top: 0, right: 0, bottom: 0 };
  if (preprocess.resize) {
    const target = resizedSize(size, preprocess.resize);
    if (target.width !== size.width || target.height !== size.height) resize = { ...target, filter: preprocess.resize.filter };
    size = target;
    if ('fit' in preprocess.resize) margins = marginsOf(size, preprocess.resize);
  }
  const padded = { width: margins.left + size.width + margins.right, height: margins.top + size.height + margins.bottom };

  let centerCrop: Rect | null = null;
  let result: Size = padded;
  if (preprocess.centerCrop) {
    const [width, height] = preprocess.centerCrop;
    if (width > padded.width || height > padded.height) {
      throw new CalibrantError(
        'preprocess-mismatch',
        `The centre crop of ${width}×${height} is larger than the image of ${padded.width}×${padded.height} that it is taken from; resize to a larger size first.`,
      );
    }
    result = { width, height };
    const cut = centred(padded, result);
    const across = overlap(cut.left - margins.left, width, size.width);
    const down = overlap(cut.top - margins.top, height, size.height);
    margins = { left: across.before, right: across.after, top: down.before, bottom: down.after };
    if (across.length < size.width || down.length < size.height)
      centerCrop = { left: across.start, top: down.start, width: across.length, height: down.length };
  }
  const isPadded = margins.left + margins.top + margins.right + margins.bottom > 0;
  const value = preprocess.resize && 'fit' in preprocess.resize ? preprocess.resize.pad : 0;
  return { crop, resize, centerCrop, pad: isPadded ? { ...margins, value } : null, size: result };
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

function marginsOf(inner: Size, { fit, anchor }: Extract<Resize, { fit: unknown }>): Margins {
  const horizontal = fit[0] - inner.width;
  const vertical = fit[1] - inner.height;
  const left = anchor === 'center' ? Math.floor(horizontal / 2) : 0;
  const top = anchor === 'center' ? Math.floor(vertical / 2) : 0;
  return { left, top, right: horizontal - left, bottom: vertical - top };
}

/** Where a window of `length` pixels from `from` (both may reach over the image) meets the image's pixels 0…size, and what it has beside them. */
function overlap(from: number, length: number, size: number): { start: number; length: number; before: number; after: number } {
  const start = Math.min(Math.max(from, 0), size - 1);
  const end = Math.max(Math.min(from + length, size), start + 1);
  return { start, length: end - start, before: Math.max(0, -from), after: Math.max(0, from + length - size) };
}

function centred(outer: Size, inner: Size): Rect {
  return { left: roundHalfEven((outer.width - inner.width) / 2), top: roundHalfEven((outer.height - inner.height) / 2), ...inner };
}
