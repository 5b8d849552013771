import type { DoctorResult } from '../../contract/evidence.ts';
import type { Influence, Setter } from './influence.ts';
import type { SizeReading } from './sizes.ts';

/** Below this many images nothing can be said. */
const FEWEST_IMAGES = 8;
/** A range that is wider by the square root of two costs half a bit of resolution. */
const HALF_A_BIT = 100 * Math.SQRT1_2;
/** Ranges of random halves, percent of the range of all, that a set has to reach to be enough: in the median, and at the 5th percentile. */
const ENOUGH = { median: 90, p5: HALF_A_BIT };
/** An image decides when some tensor's range shrinks by more than this percent without it. */
const DECIDES = 100 - HALF_A_BIT;
/** Of the images: when more than this share decide, it is not a few odd ones, but too few in all. */
const FEW = 0.1;

/**
 * Whether the images are enough, in one sentence with the rule that it follows. Fewer than 8 images tell nothing. An image decides when a tensor would gain
 * half a bit without it; up to a tenth of the images that do are named. A set is too small when more decide, or when random halves see less than 90 % of the
 * ranges in the median, or at the 5th percentile so little that twice the images cost half a bit.
 */
export function judgeCalibration(
  images: number,
  sizes: readonly SizeReading[],
  setters: readonly Setter[],
  tensors: readonly Influence[],
  fileOf: (image: number) => string,
): DoctorResult['verdict'] {
  if (images < FEWEST_IMAGES) {
    const counted = images === 1 ? '1 image calibrates' : `${images} images calibrate`;
    return { level: 'unknown', message: `Unknown: only ${counted}, and whether they are enough can be told from ${FEWEST_IMAGES} on; add images.` };
  }
  const half = sizes.find((size) => size.images === Math.floor(images / 2));
  if (!half) return { level: 'unknown', message: `Unknown: no tensor of the model has a range on these ${images} images.` };
  const deciding = setters.filter(({ shrink }) => shrink > DECIDES).sort((a, b) => b.shrink - a.shrink);
  const halves = `random halves (${half.images} of ${images} images) see ${percent(half.median)} of the ranges in the median and ${percent(half.p5)} at the 5th percentile`;
  const [first] = deciding;
  if (first && deciding.length <= Math.max(1, Math.floor(FEW * images))) {
    const most = tensors.toSorted((a, b) => b.influence - a.influence).find(({ minBy, maxBy }) => minBy === first.image || maxBy === first.image);
    const who = deciding.length === 1 ? `One image of ${images} decides ranges` : `${deciding.length} of ${images} images decide ranges, most of all one`;
    const without = `${who}: without ${fileOf(first.image)} the range of ${most?.tensor ?? ''} shrinks by ${percent(first.shrink)}`;
    return {
      level: 'warning',
      message: `${without} (rule: more than ${percent(DECIDES)}, half a bit). Look whether it belongs, or calibrate with more; ${halves}.`,
    };
  }
  const rule = `rule: at least ${percent(ENOUGH.median)} and ${percent(ENOUGH.p5)}`;
  if (first) {
    return { level: 'bad', message: `Too few images: without one of ${deciding.length} of the ${images} some range shrinks by more than ${percent(DECIDES)}, half a bit (rule: a tenth of the images at most). Calibrate with more.` }; // prettier-ignore
  }
  if (half.median < ENOUGH.median || half.p5 < ENOUGH.p5) return { level: 'bad', message: `Too few images: ${halves} (${rule}). Calibrate with more.` };
  return { level: 'ok', message: `Enough: ${halves} (${rule}), and no image decides more than ${percent(DECIDES)} of a range.` };
}

const percent = (value: number): string => `${value >= 99.95 ? '100' : value.toPrecision(3)} %`;
