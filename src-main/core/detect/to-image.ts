import type { Geometry, Size } from '../data/geometry.ts';
import type { Box } from './box.ts';

/**
 * Undoes the geometry of the preprocessing: a box in pixels of the model's input → pixels of the upright image. Boxes that reach over the image stay so.
 * @param image size of the upright image that `geometry` was planned for
 */
export function toImage<B extends Box>(box: B, { crop, resize, centerCrop, pad }: Geometry, image: Size): B {
  const from = crop ?? { left: 0, top: 0, ...image };
  const across = resize ? from.width / resize.width : 1;
  const down = resize ? from.height / resize.height : 1;
  return {
    ...box,
    x: (box.x - (pad?.left ?? 0) + (centerCrop?.left ?? 0)) * across + from.left,
    y: (box.y - (pad?.top ?? 0) + (centerCrop?.top ?? 0)) * down + from.top,
    width: box.width * across,
    height: box.height * down,
  };
}
