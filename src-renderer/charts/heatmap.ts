import { number } from '../components/format.ts';
import type { ChartTable } from './csv.ts';

/** One metric of the heatmap. */
export interface HeatmapColumn {
  key: string;
  title: string;
  unit: string;
  /** One sentence for whoever does not know it. */
  hint: string;
  /** Which end is the good one: that end is dark, the other bright. */
  good: 'high' | 'low';
  scale: 'linear' | 'log';
  /** Fixed ends (good, bad) make two runs comparable; without them the ends of the data. */
  ends?: { good: number; bad: number };
  /** `short` fits into a cell. */
  format: (value: number, short: boolean) => string;
}

export interface HeatmapRow {
  key: string;
  label: string;
  /** In the order of the columns; null is unknown. */
  values: readonly (number | null)[];
  /** Why a value is unknown, by column. */
  unknown: readonly string[];
}

/** Ends of a column's scale: its own, else those of the data (on a log scale of the positive data). null: there is nothing to show. */
export function endsOf(column: HeatmapColumn, rows: readonly HeatmapRow[], index: number): { good: number; bad: number } | null {
  if (column.ends) return column.ends;
  let least = Infinity;
  let most = -Infinity;
  for (const row of rows) {
    const value = row.values[index] ?? null;
    if (value === null || !Number.isFinite(value) || (column.scale === 'log' && value <= 0)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (least > most) return null;
  return column.good === 'high' ? { good: most, bad: least } : { good: least, bad: most };
}

/** 0 at the good end, 1 at the bad one, clamped; a perfect 0 on a log scale is 0, and where all values are equal everything is 0. */
export function badness(value: number, column: Pick<HeatmapColumn, 'scale'>, ends: { good: number; bad: number }): number {
  const on = (x: number): number => (column.scale === 'log' ? Math.log(Math.max(x, Number.MIN_VALUE)) : x);
  const span = on(ends.bad) - on(ends.good);
  if (span === 0) return 0;
  return Math.min(1, Math.max(0, (on(value) - on(ends.good)) / span));
}

/** An end of a scale in the little room of a legend: small values as a whole power of ten. */
export function endText(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(0).replaceAll('-', '\u2212') : number(value, 2);
}

/** The title with its unit. */
export function columnHead(column: Pick<HeatmapColumn, 'title' | 'unit'>): string {
  return column.unit ? `${column.title} (${column.unit})` : column.title;
}

export function heatmapTable(rows: readonly HeatmapRow[], columns: readonly HeatmapColumn[], rowTitle: string): ChartTable {
  return {
    columns: [rowTitle, ...columns.map(columnHead)],
    rows: rows.map((row) => [row.label, ...columns.map((_, i) => row.values[i] ?? null)]),
  };
}

/** Of the rows that share a strip of pixels, the worst one: nothing bad may hide between two lines. */
export function worstOf(rows: readonly HeatmapRow[], from: number, to: number, index: number, rank: (value: number) => number): number | null {
  let worst: number | null = null;
  for (let i = from; i < to; i++) {
    const value = rows[i]?.values[index] ?? null;
    if (value !== null && (worst === null || rank(value) > rank(worst))) worst = value;
  }
  return worst;
}
