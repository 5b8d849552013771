import { widthOf, type Looks } from './looks.ts';

/** Whose image sets the ends of one tensor. Images are rows of `Looks`. */
export interface Influence {
  tensor: string;
  min: number;
  max: number;
  /** The first of those that reach that far. */
  minBy: number;
  maxBy: number;
  /** Ends that all other images leave; the end itself where another image reaches as far, or there is no other. */
  minWithout: number;
  maxWithout: number;
  /** Percent by which the range (with zero) shrinks without the one image that matters most to it. */
  influence: number;
}

export interface Setter {
  image: number;
  /** Ends of tensors that it alone sets. */
  ends: number;
  /** Greatest shrinking of any tensor's range without it, percent. */
  shrink: number;
}

/** Leave-one-out: which image sets each end of every tensor, and how far the range reaches without it. */
export function influences({ tensors, images, min, max }: Looks): Influence[] {
  return tensors.map((tensor, at) => {
    const lows = farthest(images, (image) => -(min[image * tensors.length + at] as number));
    const highs = farthest(images, (image) => max[image * tensors.length + at] as number);
    const ends = { tensor, min: 0 - lows.value, max: highs.value, minBy: lows.by, maxBy: highs.by, minWithout: 0 - lows.without, maxWithout: highs.without };
    return { ...ends, influence: Math.max(shrinkWithout(ends, lows.by), shrinkWithout(ends, highs.by)) };
  });
}

/** Images that alone set an end of a tensor's range (with zero): most ends first. */
export function settersOf(tensors: readonly Influence[]): Setter[] {
  const setters = new Map<number, Setter>();
  for (const one of tensors) {
    const moved = [...(one.minWithout > one.min && one.min < 0 ? [one.minBy] : []), ...(one.maxWithout < one.max && one.max > 0 ? [one.maxBy] : [])];
    for (const image of moved) {
      const setter = setters.get(image) ?? { image, ends: 0, shrink: 0 };
      setters.set(image, { image, ends: setter.ends + 1, shrink: Math.max(setter.shrink, shrinkWithout(one, image)) });
    }
  }
  return [...setters.values()].sort((a, b) => b.ends - a.ends || b.shrink - a.shrink || a.image - b.image);
}

/** Percent by which the range (with zero) of a tensor shrinks without an image; 0 for one that sets no end, and where nothing remains to compare. */
export function shrinkWithout({ min, max, minBy, maxBy, minWithout, maxWithout }: Omit<Influence, 'tensor' | 'influence'>, image: number): number {
  const span = { min: Math.min(0, min), max: Math.max(0, max) };
  const without = { min: Math.min(0, minBy === image ? minWithout : min), max: Math.max(0, maxBy === image ? maxWithout : max) };
  return widthOf(span) === 0 ? 0 : 100 * (1 - widthOf(without) / widthOf(span));
}

function farthest(images: number, value: (image: number) => number): { value: number; by: number; without: number } {
  let found = { value: -Infinity, by: 0, without: -Infinity };
  for (let image = 0; image < images; image++) {
    const reached = value(image);
    if (reached > found.value) found = { value: reached, by: image, without: found.value };
    else if (reached > found.without) found.without = reached;
  }
  return images > 1 ? found : { ...found, without: found.value };
}
