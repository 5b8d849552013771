import { describe, expect, test } from 'vitest';
import { influences, settersOf } from '../../../src-main/core/calibration/influence.ts';
import { rangesBySize } from '../../../src-main/core/calibration/sizes.ts';
import { judgeCalibration } from '../../../src-main/core/calibration/verdict.ts';
import { looksOf } from './looks.ts';

function judge(images: [number, number][][]) {
  const looks = looksOf(images);
  const tensors = influences(looks);
  return judgeCalibration(looks.images, rangesBySize(looks), settersOf(tensors), tensors, (image) => `${image}.jpg`);
}

const alike = (count: number): [number, number][][] => Array.from({ length: count }, (_, i) => [[-1, 1 + (i % 5) / 50]]);

describe('the verdict', () => {
  test('is enough where halves see what all see', () => {
    const { level, message } = judge(alike(40));
    expect(level).toBe('ok');
    expect(message).toMatch(/^Enough: random halves \(20 of 40 images\) see 100 % of the ranges in the median and .* \(rule: at least 90.0 % and 70.7 %\)/);
  });

  test('names the one image that decides', () => {
    // −1…10 without it −1…1.08: 18.9 % of 11 remain.
    expect(judge([...alike(39), [[-1, 10]]])).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(
        /^One image of 40 decides ranges: without 39.jpg the range of t0 shrinks by 81.1 % \(rule: more than 29.3 %, half a bit\)/,
      ),
    });
  });

  test('is too few where more than a tenth of the images decide', () => {
    const each = Array.from({ length: 10 }, (_, image) => Array.from({ length: 10 }, (_, t): [number, number] => [0, image === t ? 2 : 1]));
    expect(judge(each)).toMatchObject({ level: 'bad', message: expect.stringContaining('without one of 10 of the 10 some range shrinks') });
  });

  test('is too few where halves see too little, although no single image decides', () => {
    // Pairs of images double the range of a tensor: a half has neither of a pair in 9 · 10 / (20 · 19) = 24 % of the draws.
    const pairs = Array.from({ length: 20 }, (_, image) => Array.from({ length: 10 }, (_, t): [number, number] => [0, image >> 1 === t ? 2 : 1]));
    expect(judge(pairs)).toMatchObject({
      level: 'bad',
      message: expect.stringMatching(/^Too few images: random halves \(10 of 20 images\) see .* and 50.0 % at the 5th percentile/),
    });
  });

  test('is unknown below 8 images, and without any range', () => {
    expect(judge(alike(1))).toMatchObject({ level: 'unknown', message: expect.stringContaining('only 1 image calibrates') });
    expect(judge(alike(7)).level).toBe('unknown');
    expect(judge(Array.from({ length: 9 }, () => [[0, 0]]))).toMatchObject({ level: 'unknown', message: expect.stringContaining('no tensor') });
  });
});
