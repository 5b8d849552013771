import { describe, expect, test } from 'vitest';
import { comparePaths, mulberry32, sampleOrder } from '../../../src-main/core/data/order.ts';

describe('comparePaths', () => {
  test('agrees with the order of the UTF-8 bytes', () => {
    const paths = ['a/b', 'a', 'a-b', 'ä', 'z', 'Z', '\u{1F600}.jpg', '\uFF5E.jpg', '日本', ''];
    const byBytes = [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect([...paths].sort(comparePaths)).toEqual(byBytes);
  });
});

describe('sampleOrder', () => {
  test('is a permutation, the same for the same seed and another for another', () => {
    const order = sampleOrder(300, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(sampleOrder(300, 0)).toEqual(order);
    expect(sampleOrder(300, 1)).not.toEqual(order);
  });

  test('keeps the sorted order for the seed "none"', () => {
    expect([...sampleOrder(4, 'none')]).toEqual([0, 1, 2, 3]);
  });

  // Scripts rely on "the first 100": these must never change. From the published mulberry32 and Fisher–Yates, written once more in Python.
  test('is pinned', () => {
    const next = mulberry32(0);
    expect([next(), next(), next()]).toEqual([1144304738, 1416247, 958946056]);
    expect([...sampleOrder(10, 0)]).toEqual([3, 8, 6, 4, 5, 9, 7, 1, 0, 2]);
    expect([...sampleOrder(10, 7)]).toEqual([6, 5, 8, 1, 2, 3, 4, 7, 9, 0]);
  });
});
