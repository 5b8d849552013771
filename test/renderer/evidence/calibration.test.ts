import { expect, it } from 'vitest';
import { subsetSummary, subsetTable } from '../../../src-renderer/charts/subset-ranges.ts';
import { calibrationImages, imagesTable, isOfKind } from '../../../src-renderer/views/evidence/calibration-images.ts';
import { DEFAULT_RECIPE } from '../../../src-main/contract/recipe.ts';
import { doctorOf } from '../fixtures/doctor.ts';

const result = doctorOf([], { ...DEFAULT_RECIPE, samples: 100 }, true);

it('says all of one image in one row', () => {
  const images = calibrationImages(result);
  expect(new Set(images.map(({ position }) => position)).size).toBe(images.length);
  const odd = images.find(({ position }) => position === 17);
  expect(odd).toMatchObject({ ends: 14, shrink: 47.1, distance: 11.3, low: 0, high: 61.2, covers: true });
  expect(images.find(({ position }) => position === 45)).toMatchObject({ ends: 0, distance: null, low: 12.4, covers: false });
  const counts = (['all', 'setting', 'odd', 'saturated', 'subset'] as const).map((kind) => images.filter((one) => isOfKind(one, kind)).length);
  // 23 set ranges, one more is saturated; the subset is among those that set ranges.
  expect(counts).toEqual([24, 23, 1, 2, 13]);
  expect(imagesTable(images).rows[0]).toEqual([result.setters[0]?.file, 14, 47.1, 11.3, '', 0, 61.2, true]);
});

it('puts ranges and accuracy into one table, with nothing where nothing was measured', () => {
  const { columns, rows } = subsetTable(result.sizes, result.accuracy);
  expect(columns.slice(-2)).toEqual(['top-1 (%)', 'Images evaluated']);
  expect(rows.map((row) => [row[0], ...row.slice(-2)])).toEqual([
    [5, null, null],
    [10, null, null],
    [25, null, null],
    [50, 84, 100],
    [100, 85, 100],
  ]);
  expect(subsetTable(result.sizes, []).columns).toHaveLength(6);
});

it('says in words what half of the images see, and the accuracy with its counts', () => {
  const plain = subsetSummary(result.sizes, result.accuracy).replaceAll('\u00a0', ' ');
  expect(plain).toMatch(
    /^Random halves \(50 of 100 images\) see 97.0 % of the ranges in the median, 91.0 % at the 5th percentile\. Calibrated: top-1 84.0 % of 100 with 50, /,
  );
  expect(subsetSummary(result.sizes.slice(0, 1), [])).toContain('Ranges of 5 images');
});
