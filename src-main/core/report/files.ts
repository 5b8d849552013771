import { toCsv } from '../../contract/csv.ts';
import { tablesOf, type ReportDocument } from './document.ts';

/** Every table in full precision, as files by name. */
export function csvFiles(report: ReportDocument): { name: string; text: string }[] {
  return tablesOf(report).map(({ id, columns, rows }) => ({ name: `${id}.csv`, text: toCsv({ columns: columns.map(({ title }) => title), rows }) }));
}
