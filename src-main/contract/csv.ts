export type CsvCell = string | number | boolean | null;

/** One table as it is shown and as it is saved: the header carries the units. */
export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly CsvCell[])[];
}

function field(cell: CsvCell): string {
  // JavaScript prints the shortest decimal that reads back as the same float64, which is what "full precision" means here.
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180: comma, CRLF, quotes where needed. Unknown values are empty fields, never 0. */
export function toCsv(table: ChartTable): string {
  return [table.columns, ...table.rows].map((row) => row.map(field).join(',') + '\r\n').join('');
}
