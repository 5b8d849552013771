import type { CsvCell } from '../../contract/csv.ts';

/** How the numbers of a column are written for people; CSV and JSON carry them in full. */
export interface ReportColumn {
  /** With its unit. */
  title: string;
  /** A number in words for people; missing: three significant digits. */
  format?: (value: number) => string;
  /** Numbers are right-aligned anyway. */
  align?: 'right';
}

/** Whether each column stands at the right. */
export function rightAligned({ columns, rows }: Pick<ReportTable, 'columns' | 'rows'>): boolean[] {
  return columns.map(({ align }, i) => align === 'right' || rows.some((row) => typeof row[i] === 'number'));
}

export interface ReportTable {
  kind: 'table';
  /** Names the CSV file: lower case, hyphens. */
  id: string;
  title: string;
  /** What the columns mean, where a reader may not know. */
  note?: string;
  columns: ReportColumn[];
  rows: CsvCell[][];
  /** How many rows people see; the CSV has all. */
  shown?: number;
}

export interface ReportChart {
  kind: 'chart';
  /** Names the PNG file. */
  id: string;
  title: string;
  /** The chart in words, for who cannot see it. */
  summary: string;
  /** A whole `<svg>` that needs nothing else. */
  svg: string;
}

export type Block =
  { kind: 'text'; text: string } | { kind: 'list'; items: string[] } | { kind: 'facts'; facts: [name: string, value: string][] } | ReportTable | ReportChart;

export interface Section {
  title: string;
  blocks: Block[];
  /** Long and rarely read: folded where the form can fold. */
  folded?: boolean;
}

/** What a report says, before it becomes HTML, PDF or CSV: the forms cannot disagree. */
export interface ReportDocument {
  title: string;
  subtitle: string;
  /** The one sentence that counts. */
  verdict: string;
  sections: Section[];
}

export function tablesOf({ sections }: ReportDocument): ReportTable[] {
  return sections.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'table'));
}

export function chartsOf({ sections }: ReportDocument): ReportChart[] {
  return sections.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'chart'));
}
