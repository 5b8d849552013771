import { describe, expect, it } from 'vitest';
import { bytes, points, progressLine, scaled, significant, skippedText, table } from '../../../src-main/hosts/cli/format.ts';

describe('numbers on the terminal', () => {
  it.each([
    [0, '0'],
    [84.5, '84.5'],
    [84, '84.0'],
    [99.94, '99.9'],
    [99.96, '100'],
    [1234.5, '1235'],
    [0.01234, '0.0123'],
    [0.000_999_9, '0.00100'],
    [1.5e-7, '1.50e-7'],
    [-3.14159, '-3.14'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('%d is written %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });

  it('are scaled by powers of 1000', () => {
    expect([0, 999, 1000, 3_504_872, 13_964_571].map((value) => bytes(value))).toEqual(['0 B', '999 B', '1.00 kB', '3.50 MB', '14.0 MB']);
    expect(scaled(300_774_272)).toBe('301 M');
  });

  it('show their sign when they are differences', () => {
    expect([0.5, -0.5, 0].map(points)).toEqual(['+0.500 points', '−0.500 points', '±0 points']);
  });
});

it('names the first skipped files', () => {
  expect(skippedText([])).toBe('');
  expect(skippedText([{ file: 'a.png', reason: 'corrupt' }])).toBe(' (1 skipped – a.png: corrupt)');
  expect(skippedText(Array.from({ length: 5 }, (_, i) => ({ file: `${i}`, reason: 'r' })))).toBe(' (5 skipped – 0: r; 1: r; 2: r; …)');
});

it('aligns columns', () => {
  expect(table([['a', 'bb'], ['ccc', 'd']])).toBe('a    bb\nccc  d'); // prettier-ignore
  expect(table([['a', 'bb'], ['ccc', 'd']], true)).toBe('a    bb\nccc   d'); // prettier-ignore
});

it('says where a job stands', () => {
  const progress = { stage: 'statistics', stages: ['load', 'statistics'], done: 45, total: 100, rate: 123.4, secondsLeft: 0.4 } as const;
  expect(progressLine({ ...progress, stages: [...progress.stages] })).toBe('statistics (2 of 2)  45 of 100 · 123 images/s · 1 s left');
  expect(progressLine({ ...progress, stages: ['statistics'], rate: null, secondsLeft: null })).toBe('statistics  45 of 100');
});
