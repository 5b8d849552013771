import { describe, expect, it } from 'vitest';
import { leastWidth, nextPosition, sortRows, toggleSort, type Column } from '../../../src-renderer/components/grid.ts';

interface Row {
  name: string;
  macs: number | null;
}

const name: Column<Row> = { key: 'name', title: 'Name', width: 'minmax(120px, 2fr)', value: (row) => row.name };
const macs: Column<Row> = { key: 'macs', title: 'MACs', width: '80px', value: (row) => row.macs, descendingFirst: true };
const columns = [name, macs];
const rows: Row[] = [
  { name: 'conv10', macs: null },
  { name: 'conv2', macs: 5 },
  { name: 'add', macs: 5 },
  { name: 'gemm', macs: 90 },
];
const names = (sorted: readonly Row[]): string[] => sorted.map((row) => row.name);

describe('sorting', () => {
  it('keeps the own order without a sort, and among equals', () => {
    expect(names(sortRows(rows, columns, null))).toEqual(['conv10', 'conv2', 'add', 'gemm']);
    expect(names(sortRows(rows, columns, { key: 'macs', descending: false }))).toEqual(['conv2', 'add', 'gemm', 'conv10']);
  });

  it('leaves what is not known at the end in both directions', () => {
    expect(names(sortRows(rows, columns, { key: 'macs', descending: true }))).toEqual(['gemm', 'conv2', 'add', 'conv10']);
  });

  it('sorts numbers inside names as numbers', () => {
    expect(names(sortRows(rows, columns, { key: 'name', descending: false }))).toEqual(['add', 'conv2', 'conv10', 'gemm']);
  });

  it('goes from first direction to the other one to none', () => {
    const first = toggleSort(null, macs);
    const second = toggleSort(first, macs);
    expect([first, second, toggleSort(second, macs)]).toEqual([{ key: 'macs', descending: true }, { key: 'macs', descending: false }, null]);
    expect(toggleSort(first, name)).toEqual({ key: 'name', descending: false });
  });
});

describe('walking', () => {
  it('stays inside, enters from nowhere, ignores other keys', () => {
    expect(nextPosition('ArrowDown', -1, 3, 10)).toBe(0);
    expect(nextPosition('ArrowUp', -1, 3, 10)).toBe(0);
    expect(nextPosition('ArrowDown', 2, 3, 10)).toBe(2);
    expect(nextPosition('PageDown', 0, 100, 10)).toBe(10);
    expect(nextPosition('PageUp', 4, 100, 10)).toBe(0);
    expect(nextPosition('End', 4, 100, 10)).toBe(99);
    expect(nextPosition('a', 4, 100, 10)).toBeNull();
    expect(nextPosition('ArrowDown', -1, 0, 10)).toBeNull();
  });

  it('scrolls sideways below the sum of the least widths', () => {
    expect(leastWidth(columns)).toBe(200);
  });
});
