import { expect, it } from 'vitest';
import { LAST, percentileAt, positionOf } from '../../../src-renderer/views/recipe/percentile.ts';

it('runs from 99 over whole nines to 100', () => {
  expect([0, 20, 40, 60, LAST].map(percentileAt)).toEqual([99, 99.9, 99.99, 99.999, 100]);
});

it('keeps more with every step, and comes back to each', () => {
  for (let position = 1; position <= LAST; position += 1) {
    expect(percentileAt(position)).toBeGreaterThan(percentileAt(position - 1));
    expect(positionOf(percentileAt(position))).toBe(position);
  }
});

it('stands at an end for what it cannot show', () => {
  expect(positionOf(75)).toBe(0);
  expect(positionOf(99.9999999)).toBe(LAST - 1);
});
