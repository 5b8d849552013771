import type { DoctorResult } from '../../contract/evidence.ts';
import type { Influence, Setter } from './influence.ts';
import type { SizeReading } from './sizes.ts';

/** Below this many images nothing can be said. */
const FEWEST_IMAGES = 8;
/** Ranges of random halves, percent of the range of all, that a set has to reach in the median to be enough. */
const ENOUGH = 90;
/** An image decides when some tensor's range shrinks by more than this percent without it. */
const DECIDES = 20;
/** Of the images: when more than this share decide, it is not a few odd ones, but too few in all. */
const FEW = 0.1;

/**
 * Whether the images are enough, in one sentence with the rule that it follows: fewer than 8 images tell nothing; a set is too small when random halves
 * see less than 90 % of the ranges, or more than a tenth of its images each decide a range; a few that do are named.
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
    const who = deciding.length === 1 ? `One image decides ranges, ${fileOf(first.image)}` : `${deciding.length} of ${images} images decide ranges, most of all ${fileOf(first.image)}`; // prettier-ignore
    const message = `${who}: without it ${most?.tensor ?? ''} shrinks by ${percent(first.shrink)} (rule: more than ${DECIDES} %). Look whether it belongs; ${halves}.`;
    return { level: 'warning', message };
  }
  if (half.median < ENOUGH || first) {
    const many = first ? `, and ${deciding.length} images each decide more than ${DECIDES} % of a range` : '';
    const message = `Too few images: ${halves}${many} (rule: at least ${ENOUGH} % in the median, and at most a tenth of the images decide). Calibrate with more.`;
    return { level: 'bad', message };
  }
  return {
    level: 'ok',
    message: `Enough: ${halves}, and no image decides more than ${DECIDES} % of a range (rule: at least ${ENOUGH} % in the median).`,
  };
}

const percent = (value: number): string => `${value >= 99.95 ? '100' : value.toPrecision(3)} %`;
