import { expect, it } from 'vitest';
import { byDamage, classTable, imagesChanged } from '../../../src-renderer/charts/class-bars.ts';

const bars = [
  { label: 'ant', images: 20, float: 90, quantized: 95 },
  { label: 'bee', images: 20, float: 80, quantized: 75 },
  { label: 'cat', images: 40, float: 80, quantized: 75 },
  { label: 'dog', images: 10, float: 100, quantized: 70 },
];

it('puts the most damaged class first; of two with equal loss the one with more images', () =>
  expect(byDamage(bars).map((bar) => bar.label)).toEqual(['dog', 'cat', 'bee', 'ant']));

it('says how many images a change in points stands for', () => expect(bars.map(imagesChanged)).toEqual([1, -1, -2, -3]));

it('tables every class', () =>
  expect(classTable(bars, 'INT16')).toMatchObject({ columns: { 3: 'INT16 top-1 (%)' }, rows: { 3: ['dog', 10, 100, 70, -30, -3] } }));
