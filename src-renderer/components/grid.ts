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
  /** What is said on hover; missing: the text itself. */
  tip?: (row: Row) => string;
  /** What it sorts by; without it the column cannot be sorted. null stands for unknown and is always last. */
  value?: (row: Row) => number | string | null;
  /** The first click sorts the largest first. */
  descendingFirst?: boolean;
  /** Where columns are chosen: not shown until it is chosen, or always shown. */
  shown?: 'on-request' | 'always';
}

/** By one column, and where that is equal by the next. */
export interface Sort {
  key: string;
  descending: boolean;
  then?: Sort;
}

type Value = number | string | null;
const ALPHABETICAL = new Intl.Collator('en', { numeric: true });

function compare(a: Value, b: Value, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * ALPHABETICAL.compare(String(a), String(b));
}

/** Sorted copy; equal rows keep their order, unknown values stand at the end in both directions. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const keys = sortsOf(sort).flatMap(({ key, descending }) => {
    const value = columns.find((column) => column.key === key)?.value;
    return value ? [{ value, sign: descending ? -1 : 1 }] : [];
  });
  if (keys.length === 0) return rows;
  return rows
    .map((row) => ({ row, by: keys.map(({ value }) => value(row)) }))
    .sort((a, b) => {
      for (const [i, { sign }] of keys.entries()) {
        const order = compare(a.by[i] ?? null, b.by[i] ?? null, sign);
        if (order !== 0) return order;
      }
      return 0;
    })
    .map((entry) => entry.row);
}

/** The columns that are sorted by, the deciding one first. */
export function sortsOf(sort: Sort | null): Sort[] {
  return sort ? [sort, ...sortsOf(sort.then ?? null)] : [];
}

/** First direction → other direction → the rows' own order. `add` keeps the other columns: this one decides where they are equal. */
export function toggleSort<Row>(sort: Sort | null, column: Column<Row>, add = false): Sort | null {
  const first = column.descendingFirst ?? false;
  const kept = add ? sortsOf(sort) : sortsOf(sort).filter(({ key }) => key === column.key);
  const last = kept.find(({ key }) => key === column.key);
  if (!last) return chain([...kept, { key: column.key, descending: first }]);
  const next = last.descending === first ? [{ key: column.key, descending: !first }] : [];
  return chain(kept.flatMap((one) => (one === last ? next : [one])));
}

function chain(sorts: readonly Sort[]): Sort | null {
  return sorts.reduceRight<Sort | null>((then, { key, descending }) => ({ key, descending, ...(then ? { then } : {}) }), null);
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
