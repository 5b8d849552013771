import type { DoctorResult } from '../../contract/evidence.ts';
import { mulberry32 } from '../data/order.ts';
import { spanOf, widthOf, type Looks } from './looks.ts';
import { median, quantile } from './order-statistics.ts';

export type SizeReading = DoctorResult['sizes'][number];

/** Random subsets of each size. */
const DRAWS = 20;
const STEPS = [5, 10, 25, 50];

/** The sizes that are looked at: steps that double from 25 on, half of the images, and all of them, from the smallest. */
export function subsetSizes(images: number): number[] {
  const sizes = new Set([...STEPS.filter((size) => size < images), images]);
  for (let size = 100; size < images; size *= 2) sizes.add(size);
  if (images >= 2) sizes.add(Math.floor(images / 2));
  return [...sizes].sort((a, b) => a - b);
}

/**
 * How much of every tensor's range random subsets of the images see. Range with zero; tensors that are zero for all images are left out.
 * Where doubling the images still widens ranges, more images would widen them further.
 * @returns shares in percent; empty when no tensor has a range
 */
export function rangesBySize(looks: Looks, seed = 0): SizeReading[] {
  const whole = looks.tensors.map((_, tensor) => widthOf(spanOf(looks, tensor)));
  const alive = whole.flatMap((width, tensor) => (width > 0 ? [tensor] : []));
  const next = mulberry32(seed);
  if (alive.length === 0) return [];
  return subsetSizes(looks.images).map((size) => {
    const draws = size === looks.images ? 1 : DRAWS;
    const shares = new Float64Array(draws * alive.length);
    let least = { share: Infinity, tensor: '' };
    for (let draw = 0; draw < draws; draw++) {
      const among = drawSome(looks.images, size, next);
      for (const [i, tensor] of alive.entries()) {
        const share = (100 * widthOf(spanOf(looks, tensor, among))) / (whole[tensor] as number);
        shares[draw * alive.length + i] = share;
        if (share < least.share) least = { share, tensor: looks.tensors[tensor] as string };
      }
    }
    shares.sort();
    return { images: size, draws, median: median(shares), p5: quantile(shares, 0.05), least: least.share, leastTensor: least.tensor };
  });
}

/** `size` different numbers below `count`: the beginning of a Fisher–Yates shuffle. */
function drawSome(count: number, size: number, next: () => number): Uint32Array {
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor((next() / 0x1_0000_0000) * (count - i));
    const kept = all[i] as number;
    all[i] = all[j] as number;
    all[j] = kept;
  }
  return all.subarray(0, size);
}
