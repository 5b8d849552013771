import type { ImageComparison } from '../../src-main/contract/evidence.ts';
import { decibel } from '../components/format.ts';
import type { ChartTable } from './csv.ts';

/** Measured along the graph: the bars of `SqnrChart`, and the numbers behind them. */
export function pathBars(path: ImageComparison['path']): { tensor: string; sqnrDb: number | null; says: string[] }[] {
  return path.map(({ tensor, sqnrDb, op }) => ({ tensor, sqnrDb, says: [`${op}, ${decibel(sqnrDb)}`] }));
}

export function pathTable(path: ImageComparison['path']): ChartTable {
  return { columns: ['tensor', 'node', 'operator', 'SQNR (dB)'], rows: path.map(({ tensor, node, op, sqnrDb }) => [tensor, node, op, sqnrDb]) };
}
