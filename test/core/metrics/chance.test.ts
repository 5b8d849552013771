import { expect, it } from 'vitest';
import { chanceLimit } from '../../../src-main/core/metrics/chance.ts';

// Closed form: a guesser among c classes is right on p = 1/c of n images, give or take √(p(1−p)/n).
it.each([
  ['10 classes, 100 images: three standard deviations', 10, 100, 10 + 9],
  ['2 classes, 64 images: a good binary classifier is not suspected', 50, 64, 50 + 18.75],
  ['10 classes, 1e6 images: luck explains nothing, the margin counts', 10, 1e6, 15],
  ['1000 classes, 1e8 images: twice chance', 0.1, 1e8, 0.2],
])('%s', (_, chance, images, limit) => {
  expect(chanceLimit(chance, images)).toBeCloseTo(limit, 10);
});
