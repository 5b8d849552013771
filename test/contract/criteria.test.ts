import { describe, expect, it } from 'vitest';
import { checkCriteria, dropOf, judgedImages, NO_CRITERIA, worstClassOf, type Measured } from '../../src-main/contract/criteria.ts';
import type { EvaluateResult } from '../../src-main/contract/results.ts';
import { evaluateResult } from '../fixtures/records.ts';

const measured: Measured = { metric: 'top-1', drop: 1, worstClass: { name: 'cat', drop: 12, images: 25 }, speedup: 1.8, bytes: 4_000_000, images: 300 };
const check = (criteria: Partial<typeof NO_CRITERIA>, changes: Partial<Measured> = {}) =>
  checkCriteria({ ...NO_CRITERIA, ...criteria }, { ...measured, ...changes });

describe('criteria', () => {
  it('are not checked unless they are set', () => {
    expect(check({})).toEqual([]);
  });

  it('are met by their very limit, and say number, limit and count', () => {
    expect(check({ maxDrop: 1 })).toEqual([
      { criterion: 'maxDrop', met: true, limit: 1, value: 1, message: 'Top-1 lost 1 points of 300 images; it may lose 1.' },
    ]);
    expect(check({ maxDrop: 0.3 }, { drop: 0.1 + 0.2 })).toMatchObject([{ met: true }]);
    expect(check({ maxDrop: 0.9, maxClassDrop: 10, minSpeedup: 2, maxBytes: 3e6 }).map(({ met }) => met)).toEqual([false, false, false, false]);
    expect(check({ maxClassDrop: 10 })[0]?.message).toBe('The worst class, cat, lost 12 points of 25; any may lose 10.');
  });

  it('that cannot be told are neither met nor not', () => {
    const unknown = { drop: null, worstClass: null, speedup: null, bytes: null };
    const checks = check({ maxDrop: 1, maxClassDrop: 1, minSpeedup: 1, maxBytes: 1 }, unknown);
    expect(checks.map(({ met, value }) => [met, value])).toEqual([[null, null], [null, null], [null, null], [null, null]]); // prettier-ignore
    expect(checks[0]?.message).toContain('cannot be told');
  });
});

describe('the drop', () => {
  it('is points of an accuracy, what agreement lacks, and the growth of an error', () => {
    const headline = { unit: '%' as const, higher: true, value: 70, float: 72 };
    expect(dropOf({ metric: 'mAP', ...headline })).toBe(2);
    expect(dropOf({ metric: 'agreement', ...headline, value: 98, float: null })).toBe(2);
    expect(dropOf({ metric: 'MSE', unit: '', higher: false, value: 3, float: 2 })).toBe(50);
    expect(dropOf({ metric: 'SQNR', unit: 'dB', higher: true, value: 30, float: null })).toBeNull();
  });
});

describe('the worst class', () => {
  const scores = (top1: number[], images: number[]) =>
    top1.map((value, i) => ({ class: i, name: ['a', 'b', 'c'][i] ?? null, images: images[i] ?? 0, top1: value }));
  const result = (mine: number[], theirs: number[], images: number[]) =>
    ({ perClass: scores(mine, images), against: { perClass: scores(theirs, images) } }) as unknown as EvaluateResult;

  it('is the one that lost most, of those with ten images or more', () => {
    expect(worstClassOf(result([50, 80, 0], [60, 85, 100], [10, 40, 9]))).toEqual({ name: 'a', drop: 10, images: 10 });
    expect(worstClassOf(result([0], [100], [9]))).toBeNull();
  });
});

describe('the images that a headline is of', () => {
  const of = (changes: Partial<EvaluateResult>): number => judgedImages({ ...evaluateResult, images: 48, ...changes });
  it('are those with labels, boxes or masks; all where nothing is labelled', () => {
    const perClass = [{ class: 0, name: null, images: 20, top1: 50 }, { class: 1, name: null, images: 11, top1: 50 }]; // prettier-ignore
    expect(of({ top1: 50, perClass })).toBe(31);
    expect(of({ top1: null, perClass: [] })).toBe(48);
    expect(of({ top1: null, segmentation: { images: 35, pixels: 9, miou: 1, accuracy: 1, perClass: [] } })).toBe(35);
  });
});
