export { toCsv, type ChartTable, type CsvCell } from '../../src-main/contract/csv.ts';
