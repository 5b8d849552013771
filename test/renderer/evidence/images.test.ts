import { describe, expect, it } from 'vitest';
import type { SeenBox } from '../../../src-main/contract/evidence.ts';
import { boxTable, fates } from '../../../src-renderer/views/evidence/images/boxes.ts';
import { changedShare, mapClasses } from '../../../src-renderer/views/evidence/images/class-maps.ts';

const box = (x: number, score: number | null, at = 0): SeenBox => ({ x, y: 0, width: 10, height: 10, class: at, name: null, score });

describe('boxes of two models', () => {
  it('belong together from half of their union on, within a class', () => {
    // Shifted by 3: 70 of 130 pixels are shared; by 4: 60 of 140.
    expect(fates([box(0, 0.9)], [box(3, 0.8)], 0.25).float[0]?.fate).toBe('both');
    expect(fates([box(0, 0.9)], [box(4, 0.8)], 0.25)).toMatchObject({ float: [{ fate: 'lost' }], quantized: [{ fate: 'added' }] });
    expect(fates([box(0, 0.9)], [box(0, 0.8, 1)], 0.25)).toMatchObject({ float: [{ fate: 'lost' }], quantized: [{ fate: 'added' }] });
  });

  it('are not lost when their score only sinks below the threshold', () => {
    expect(fates([box(0, 0.9)], [box(1, 0.2)], 0.25)).toMatchObject({ float: [{ fate: 'both' }], quantized: [] });
  });

  it('have one partner each, the surest first', () => {
    const { float } = fates([box(0, 0.4), box(1, 0.9)], [box(1, 0.8)], 0.25);
    expect(float.map(({ box: { score }, fate }) => [score, fate])).toEqual([[0.9, 'both'], [0.4, 'lost']]); // prettier-ignore
  });

  it('stand in a table with the labels', () => {
    const { rows } = boxTable('INT8', fates([box(0, 0.9)], [], 0.25), [box(0, null)]);
    expect(rows).toEqual([['float', 'class 0', 0.9, 'float only (lost)', 0, 0, 10, 10], ['truth', 'class 0', null, '', 0, 0, 10, 10]]); // prettier-ignore
  });
});

describe('class maps of two models', () => {
  const map = (...classes: number[]) => ({ width: classes.length, height: 1, classes: Uint8Array.from(classes) });

  it('tell shares by class, the largest by float first, without pixels that nobody saw', () => {
    expect(mapClasses(map(0, 1, 1, 1, 255), map(0, 1, 2, 1, 255), map(1, 1), ['ground', 'bird'])).toEqual([
      { class: 1, name: 'bird', float: 60, quantized: 40, truth: 100, changed: 100 / 3 },
      { class: 0, name: 'ground', float: 20, quantized: 20, truth: 0, changed: 0 },
      { class: 2, name: 'class 2', float: 0, quantized: 20, truth: 0, changed: 0 },
    ]);
  });

  it('differ in the share of what both saw', () => {
    expect(changedShare(map(0, 1, 1, 255), map(0, 1, 2, 255))).toBeCloseTo(100 / 3, 12);
    expect(changedShare(map(255), map(255))).toBe(0);
  });
});
