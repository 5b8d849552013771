/** One column of a DataGrid. `width` is a grid track: "80px", "minmax(120px, 2fr)". */
export interface Column<Row> {
  key: string;
  title: string;
  width: string;
  align?: 'right';
  mono?: boolean;
  /** Explains the column on hover. */
  hint?: string;
  /** What is written, unless the slot `cell-KEY` writes it. */
  text?: (row: Row) => string;
  /** What it sorts by; without it the column cannot be sorted. null stands for unknown and is always last. */
  value?: (row: Row) => number | string | null;
  /** The first click sorts the largest first. */
  descendingFirst?: boolean;
}

export interface Sort {
  key: string;
  descending: boolean;
}

/** Sorted copy; equal rows keep their order, unknown values stand at the end in both directions. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const value = columns.find((column) => column.key === sort?.key)?.value;
  if (!sort || !value) return rows;
  const sign = sort.descending ? -1 : 1;
  return rows
    .map((row) => ({ row, by: value(row) }))
    .sort((a, b) => {
      if (a.by === null || b.by === null) return Number(a.by === null) - Number(b.by === null);
      if (typeof a.by === 'number' && typeof b.by === 'number') return sign * (a.by - b.by);
      return sign * String(a.by).localeCompare(String(b.by), 'en', { numeric: true });
    })
    .map((entry) => entry.row);
}

/** First direction → other direction → the rows' own order. */
export function toggleSort<Row>(sort: Sort | null, column: Column<Row>): Sort | null {
  const first = column.descendingFirst ?? false;
  if (sort?.key !== column.key) return { key: column.key, descending: first };
  return sort.descending === first ? { key: column.key, descending: !first } : null;
}

/** Where a key leads from `current` (−1: nowhere yet) among `count` rows; null for other keys. */
export function nextPosition(key: string, current: number, count: number, page: number): number | null {
  if (count === 0) return null;
  const clamp = (position: number): number => Math.min(count - 1, Math.max(0, position));
  switch (key) {
    case 'ArrowDown': return clamp(current + 1);
    case 'ArrowUp': return clamp(current < 0 ? 0 : current - 1);
    case 'PageDown': return clamp(current + page);
    case 'PageUp': return clamp(current - page);
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return null;
  } // prettier-ignore
}

/** The width in px below which the table scrolls sideways: the sum of the tracks' first lengths. */
export function leastWidth<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, column) => sum + Number(/(\d+)px/.exec(column.width)?.[1] ?? 0), 0);
}
