import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leastWidth, nextPosition, sortRows, sortsOf, toggleSort, type Column } from '../../../src-renderer/components/grid.ts';
import { useColumns } from '../../../src-renderer/components/use-columns.ts';

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

  it('sorts by one column, then by the next, unknown values last in each', () => {
    const sort = toggleSort(toggleSort(null, macs), name, true);
    expect(sort).toEqual({ key: 'macs', descending: true, then: { key: 'name', descending: false } });
    expect(names(sortRows(rows, columns, sort))).toEqual(['gemm', 'add', 'conv2', 'conv10']);
    expect(names(sortRows([...rows, { name: 'a', macs: null }], columns, sort))).toEqual(['gemm', 'add', 'conv2', 'a', 'conv10']);
  });

  it('turns and takes away one of several without touching the others', () => {
    const both = { key: 'macs', descending: true, then: { key: 'name', descending: false } };
    expect(toggleSort(both, macs, true)).toEqual({ key: 'macs', descending: false, then: { key: 'name', descending: false } });
    const turned = toggleSort(both, name, true);
    expect(turned).toEqual({ key: 'macs', descending: true, then: { key: 'name', descending: true } });
    expect(toggleSort(turned, name, true)).toEqual({ key: 'macs', descending: true });
    expect(toggleSort(both, name)).toEqual({ key: 'name', descending: true });
    expect(sortsOf(both).map(({ key }) => key)).toEqual(['macs', 'name']);
  });

  it('ignores a column that is not shown', () => {
    expect(names(sortRows(rows, [name], { key: 'macs', descending: true, then: { key: 'name', descending: true } }))).toEqual([
      'gemm',
      'conv10',
      'conv2',
      'add',
    ]);
  });
});

describe('chosen columns', () => {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) }; // prettier-ignore
  const all: Column<Row>[] = [{ ...name, shown: 'always' }, macs, { key: 'note', title: 'Note', width: '80px', shown: 'on-request' }];
  const open = () => useColumns('test', () => all);
  const shown = (): string[] => open().columns.value.map(({ key }) => key);

  beforeEach(() => {
    kept.clear();
    vi.stubGlobal('localStorage', storage);
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('are those of the table until others are chosen, and are kept', () => {
    expect(shown()).toEqual(['name', 'macs']);
    open().toggle('note');
    open().toggle('macs');
    expect(shown()).toEqual(['name', 'note']);
    open().reset();
    expect(shown()).toEqual(['name', 'macs']);
    expect(kept.size).toBe(0);
  });

  it('follow the table again once a choice is taken back, and survive what is no choice', () => {
    open().toggle('note');
    open().toggle('note');
    expect(kept.size).toBe(0);
    for (const broken of ['{', '7', 'null', '{"macs":"no"}']) {
      kept.set('calibrant.columns.test', broken);
      expect(shown()).toEqual(['name', 'macs']);
    }
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
