import { describe, expect, test } from 'vitest';
import { coveringSubset } from '../../../src-main/core/calibration/cover.ts';
import { influences, settersOf } from '../../../src-main/core/calibration/influence.ts';
import { rangesBySize, subsetSizes } from '../../../src-main/core/calibration/sizes.ts';
import { looksOf } from './looks.ts';

describe('ranges of random subsets', () => {
  test('are looked at for 5, 10, 25, 50, 100, 200, … images, half, and all', () => {
    expect(subsetSizes(1)).toEqual([1]);
    expect(subsetSizes(8)).toEqual([4, 5, 8]);
    expect(subsetSizes(100)).toEqual([5, 10, 25, 50, 100]);
    expect(subsetSizes(450)).toEqual([5, 10, 25, 50, 100, 200, 225, 400, 450]);
  });

  test('are whole where every image has the whole range', () => {
    const sizes = rangesBySize(looksOf(Array.from({ length: 20 }, () => [[-1, 3]])));
    expect(sizes.map(({ median, p5, least }) => [median, p5, least])).toEqual(sizes.map(() => [100, 100, 100]));
  });

  // Half of the draws hold the one large image. The 5th percentile of both tensors and all draws is one without it, which leaves half of the range.
  test('are all or half where one image doubles the range', () => {
    const looks = looksOf(Array.from({ length: 40 }, (_, i) => [[-1, 1], i === 7 ? [0, 4] : [0, 2]]), ['steady', 'doubled']); // prettier-ignore
    const half = rangesBySize(looks).find(({ images }) => images === 20);
    expect(half).toEqual({ images: 20, draws: 20, median: 100, p5: 50, least: 50, leastTensor: 'doubled' });
    expect(rangesBySize(looks).at(-1)).toMatchObject({ images: 40, draws: 1, median: 100, p5: 100 });
  });

  test('grow with the number of images as the greatest of drawn numbers does', () => {
    const tensors = Array.from({ length: 200 }, (_, i) => `t${i}`);
    // Each tensor has the numbers 1…100 in another order (101 is a prime).
    const looks = looksOf(
      Array.from({ length: 100 }, (_, image) => tensors.map((_, t): [number, number] => [0, ((image + 1) * ((t % 100) + 1)) % 101])),
      tensors,
    );
    const medianOf = (size: number) => rangesBySize(looks, 3).find(({ images }) => images === size)?.median ?? 0;
    // Median of the greatest of k out of 100: about 100 · 2^(−1/k).
    expect(medianOf(5)).toBeCloseTo(100 * 2 ** (-1 / 5), -0.7);
    expect(medianOf(25)).toBeCloseTo(100 * 2 ** (-1 / 25), -0.4);
    expect(medianOf(5)).toBeLessThan(medianOf(10));
  });

  test('have zero in them, and leave out tensors that are nothing but zero', () => {
    const looks = looksOf(Array.from({ length: 10 }, (_, i) => [[2 + i / 10, 10], [0, 0]])); // prettier-ignore
    expect(rangesBySize(looks).map(({ least }) => least)).toEqual([100, 100]);
    expect(rangesBySize(looksOf([[[0, 0]], [[0, 0]]]))).toEqual([]);
  });

  test('are the same for the same seed', () => {
    const looks = looksOf(Array.from({ length: 30 }, (_, i) => [[-i, i * i]]));
    expect(rangesBySize(looks, 5)).toEqual(rangesBySize(looks, 5));
  });
});

describe('leave-one-out', () => {
  const looks = looksOf([[[-1, 2], [0, 6]], [[-4, 3], [0, 6]], [[-1, 8], [0, 5]]], ['a', 'b']); // prettier-ignore

  test('says who sets each end, and the range without', () => {
    expect(influences(looks)).toEqual([
      // From 12 (−4…8): without image 1 nine (−1…8), without image 2 seven (−4…3).
      { tensor: 'a', min: -4, max: 8, minBy: 1, maxBy: 2, minWithout: -1, maxWithout: 3, influence: 100 * (1 - 7 / 12) },
      // Two images reach 6: none of them decides.
      { tensor: 'b', min: 0, max: 6, minBy: 0, maxBy: 0, minWithout: 0, maxWithout: 6, influence: 0 },
    ]);
    expect(settersOf(influences(looks))).toEqual([
      { image: 2, ends: 1, shrink: 100 * (1 - 7 / 12) },
      { image: 1, ends: 1, shrink: 100 * (1 - 9 / 12) },
    ]);
  });

  test('counts both ends of one image together', () => {
    const both = influences(looksOf([[[-1, 1]], [[-9, 1]], [[-10, 10]]]));
    expect(both).toMatchObject([{ minBy: 2, maxBy: 2, minWithout: -9, maxWithout: 1, influence: 50 }]);
    expect(settersOf(both)).toEqual([{ image: 2, ends: 2, shrink: 50 }]);
  });

  test('an end on the other side of zero is zero, which every range has', () => {
    const positive = influences(looksOf([[[2, 10]], [[3, 10]]]));
    expect(positive).toMatchObject([{ min: 2, minWithout: 3, influence: 0 }]);
    expect(settersOf(positive)).toEqual([]);
  });

  test('of a single image is nothing', () => expect(influences(looksOf([[[-1, 1]]]))).toMatchObject([{ minWithout: -1, maxWithout: 1, influence: 0 }]));
});

describe('a covering subset', () => {
  test('is one image where one covers all', () => expect(coveringSubset(looksOf([[[-1, 1]], [[-5, 5]], [[-2, 4]]]))).toEqual([1]));

  test('takes the image first that reaches most ends, then what is missing', () => {
    const looks = looksOf([[[-1, 0], [-1, 0], [0, 1]], [[-1, 1], [-1, 1], [0, 1]], [[0, 0], [0, 0], [-1, 0]]]); // prettier-ignore
    expect(coveringSubset(looks)).toEqual([1, 2]);
  });

  test('leaves out half a percent at each end', () => {
    expect(coveringSubset(looksOf([[[-1, 0.995]], [[-0.5, 1]]]))).toEqual([0]);
    expect(coveringSubset(looksOf([[[-1, 0.98]], [[-0.5, 1]]]))).toEqual([0, 1]);
  });

  test('covers at least 99 % of every range, whatever the numbers', () => {
    let state = 1;
    const next = () => (state = (state * 16807) % 2147483647) / 2147483647;
    const looks = looksOf(Array.from({ length: 60 }, () => Array.from({ length: 12 }, (): [number, number] => [-next(), next() * 3])));
    const subset = coveringSubset(looks);
    expect(new Set(subset).size).toBe(subset.length);
    for (let t = 0; t < 12; t++) {
      const of = (images: number[]) => {
        const at = images.map((image) => image * 12 + t);
        return Math.max(...at.map((i) => looks.max[i] as number)) - Math.min(...at.map((i) => looks.min[i] as number));
      };
      expect(of(subset) / of(Array.from({ length: 60 }, (_, i) => i))).toBeGreaterThanOrEqual(0.99);
    }
  });

  test('of nothing but zero is empty', () => expect(coveringSubset(looksOf([[[0, 0]], [[0, 0]]]))).toEqual([]));
});
