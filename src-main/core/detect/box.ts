/** In pixels of the original image, as COCO writes it: left, top, width, height. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a model says it sees. */
export interface Detection extends Box {
  /** Index in the model's classes. */
  class: number;
  /** The higher, the surer. */
  score: number;
}

/** What is really there. */
export interface Truth extends Box {
  class: number;
  /** One box around many objects: it may be found any number of times, or never, and counts neither way. */
  crowd?: boolean | undefined;
  /** Of the object, in pixels²; the box's own where it is missing (COCO has that of the object's outline). */
  area?: number | undefined;
}

export function areaOf({ width, height }: Box): number {
  return width * height;
}

/** Pixels² that both cover; 0 where they only touch. */
export function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Intersection over union, 0…1. Boxes without area overlap nothing. */
export function overlap(a: Box, b: Box): number {
  const shared = intersection(a, b);
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared);
}
