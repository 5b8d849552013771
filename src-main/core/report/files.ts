import { toCsv } from '../../contract/csv.ts';
import { tablesOf, type ReportDocument } from './document.ts';

/** Every table as a file by name: numbers in full precision, what a section has put into words (summary, speed) as it stands. */
export function csvFiles(report: ReportDocument): { name: string; text: string }[] {
  return tablesOf(report).map(({ id, columns, rows }) => ({ name: `${id}.csv`, text: toCsv({ columns: columns.map(({ title }) => title), rows }) }));
}
