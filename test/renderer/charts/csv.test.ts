import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { toCsv } from '../../../src-renderer/charts/csv.ts';

it('keeps numbers to the last bit and text to the last quote (read back by an independent parser)', () => {
  const rows = [
    ['Conv "a", first', 0.1 + 0.2, 1e-12],
    ['line\nbreak', -0.020787402987480164, 5e-324],
    [' padded ', 12345678901234, 0],
  ] as const;
  const back = parse(toCsv({ columns: ['tensor', 'scale', 'MSE'], rows })) as string[][];
  expect(back[0]).toEqual(['tensor', 'scale', 'MSE']);
  rows.forEach(([name, a, b], i) => {
    expect(back[i + 1]?.[0]).toBe(name);
    expect(Number(back[i + 1]?.[1])).toBe(a);
    expect(Number(back[i + 1]?.[2])).toBe(b);
  });
});

it('writes unknown as nothing, not as 0', () => {
  expect(toCsv({ columns: ['a', 'b'], rows: [[null, 0]] })).toBe('a,b\r\n,0\r\n');
});
