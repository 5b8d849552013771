import { describe, expect, test } from 'vitest';
import { PreprocessSchema } from '../../../src-main/contract/preprocess.ts';
import * as v from 'valibot';
import { lookAtInput, pixelEnds, saturationOf } from '../../../src-main/core/calibration/input-look.ts';
import { kolmogorovSmirnov, mismatchOf, smirnovThreshold } from '../../../src-main/core/calibration/mismatch.ts';
import { missingClasses } from '../../../src-main/core/calibration/missing-classes.ts';
import { outliersOf } from '../../../src-main/core/calibration/outliers.ts';
import { looksOf } from './looks.ts';

describe('outliers', () => {
  // Ends −i…i for i = 1…11 with median 6 and median deviation 3, so one robust deviation is 1.4826 · 3 = 4.4478 (and 8 / 2.5631 by the middle four fifths: less).
  const ordinary = Array.from({ length: 11 }, (_, i): [number, number, number] => [-(i + 1), i + 1, i + 1]);

  test('are measured in robust deviations from the median', () => {
    const looks = looksOf([...ordinary, [-100, 100, 100] as [number, number, number]].map((row) => [row]));
    // Of 12 values 1…11 and 100: median 6.5, median deviation 3, so the distance is 93.5 / 4.4478.
    expect(outliersOf(looks)).toEqual([{ image: 11, tensor: 't0', distance: expect.closeTo(93.5 / (1.4826 * 3), 4) }]);
  });

  test('are none among ordinary images', () => expect(outliersOf(looksOf(ordinary.map((row) => [row])))).toEqual([]));

  test('are not told by one odd tensor of many', () => {
    const rows = ordinary.map((row) => Array.from({ length: 20 }, () => row));
    const odd = Array.from({ length: 20 }, (_, t): [number, number, number] => (t === 3 ? [-1000, 1000, 1000] : [-5, 5, 5]));
    expect(outliersOf(looksOf([...rows, odd]))).toEqual([]);
    const many = Array.from({ length: 20 }, (_, t): [number, number, number] => (t < 4 ? [-1000 - t, 1000 + t, 1000] : [-5, 5, 5]));
    expect(outliersOf(looksOf([...rows, many]))).toMatchObject([{ image: 11, tensor: 't3' }]);
  });

  test('are not a fifth of the images', () => {
    const group = Array.from({ length: 5 }, (): [number, number, number][] => [[-60, 60, 60]]);
    expect(outliersOf(looksOf([...Array.from({ length: 20 }, (_, i): [number, number, number][] => [[-1 - i / 20, 1 + i / 20, 1 + i / 20]]), ...group]))).toEqual([]); // prettier-ignore
  });

  test('cannot be told among fewer than 8 images', () => {
    expect(outliersOf(looksOf([...ordinary.slice(0, 6), [-100, 100, 100] as [number, number, number]].map((row) => [row])))).toEqual([]);
  });
});

describe('calibrating against other images', () => {
  test('the distance is that of the empirical distributions', () => {
    expect(kolmogorovSmirnov([1, 2, 3], [1, 2, 3])).toBe(0);
    expect(kolmogorovSmirnov([1, 2], [3, 4, 5])).toBe(1);
    // F(2) = 1, G(2) = 1/4.
    expect(kolmogorovSmirnov([2, 1], [3, 2, 4, 5])).toBe(0.75);
    expect(kolmogorovSmirnov([1, 1, 1, 2], [1, 2, 2, 2])).toBe(0.5);
  });

  // c(0.01) = 1.628 in Smirnov's table.
  test('the limit is Smirnov’s', () => expect(smirnovThreshold(50, 100)).toBeCloseTo(1.628 * Math.sqrt(150 / 5000), 3));

  const looks = (mean: number, deviation = 1) => Array.from({ length: 40 }, (_, i) => ({ mean: mean + i, deviation: deviation + i / 2 }));

  test('says what differs, and by how much', () => {
    const mismatch = mismatchOf(looks(0), looks(36));
    expect(mismatch).toMatchObject({ others: 40, mean: 0.9, deviation: 0, differs: true });
    expect(mismatch?.message).toMatch(
      /^The 40 calibrating and 40 other images differ in the input’s mean \(brightness: median 19.5 against 55.5; distance 0.90, limit 0.36\)/,
    );
    expect(mismatch?.message).not.toContain('contrast');
    expect(mismatchOf(looks(0), looks(0, 20))?.message).toContain('differ in the input’s deviation (contrast');
  });

  test('says that they look alike, or that there are too few to tell', () => {
    expect(mismatchOf(looks(0), looks(4))).toMatchObject({ differs: false, message: expect.stringContaining('look alike') });
    expect(mismatchOf(looks(0).slice(0, 3), looks(90).slice(0, 3))).toMatchObject({
      differs: false,
      mean: 1,
      message: expect.stringContaining('cannot be told'),
    });
    expect(mismatchOf(looks(0), [])).toBeNull();
  });
});

describe('inputs', () => {
  test('have a mean and a deviation', () => expect(lookAtInput(Float32Array.of(1, 3, 1, 3))).toEqual({ min: 1, max: 3, mean: 2, deviation: 1 }));

  test.each([
    ['NCHW', [0, 0, 255, 128, 0, 255, 255, 255, 7, 7, 7, 7]],
    ['NHWC', [0, 0, 7, 0, 255, 7, 255, 255, 7, 128, 255, 7]],
  ] as const)('are dark and bright at the ends of each channel (%s)', (layout, pixels) => {
    const preprocess = v.parse(PreprocessSchema, { color: 'BGR', layout, scale: 1 / 255, mean: [0.1, 0.2, 0.3], std: [-1, 2, 3] });
    const channel = (i: number) => (layout === 'NCHW' ? Math.floor(i / 4) : i % 3);
    const values = Float32Array.from(pixels, (pixel, i) => (pixel / 255 - ([0.1, 0.2, 0.3][channel(i)] as number)) / ([-1, 2, 3][channel(i)] as number));
    expect(saturationOf(values, pixelEnds(preprocess), layout)).toEqual({ low: 25, high: (100 * 4) / 12 });
  });
});

test('classes that no calibrating image has', () => {
  const item = (file: string, label: number | null, boxes?: number[]) => ({ file, label, ...(boxes ? { boxes: boxes.map((index) => ({ class: index, x: 0, y: 0, width: 1, height: 1 })) } : {}) }); // prettier-ignore
  const items = [item('a', 0), item('b', 2), item('c', 2), item('d', null), item('e', null, [1, 5])];
  expect(missingClasses(items, items.slice(1, 3), ['bolt', 'nut', 'pin', 'never there'])).toEqual({
    present: 1,
    known: 4,
    missing: [
      { class: 0, name: 'bolt' },
      { class: 1, name: 'nut' },
      { class: 5, name: null },
    ],
  });
  expect(missingClasses([item('a', null)], [], [])).toBeNull();
});
