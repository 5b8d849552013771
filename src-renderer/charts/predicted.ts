import type { PredictedError } from '../../src-main/contract/results.ts';
import type { ChartTable } from './csv.ts';

type Known = PredictedError & { sqnrDb: number };

/** Those that have a predicted SQNR, the worst first. */
function worstFirst(predicted: readonly PredictedError[]): Known[] {
  return predicted.filter((one): one is Known => one.sqnrDb !== null).toSorted((a, b) => a.sqnrDb - b.sqnrDb);
}

/** The tensor whose quantization is going to cost most, and the middle one (the lower of two), dB; null where nothing is known. */
export function predictedSummary(predicted: readonly PredictedError[] | null): { worst: Known; medianDb: number } | null {
  const known = worstFirst(predicted ?? []);
  const worst = known[0];
  const middle = known[(known.length - 1) >> 1];
  return worst && middle ? { worst, medianDb: middle.sqnrDb } : null;
}

/** The predicted errors as table and CSV show them, in the order of the graph. */
export function predictedTable(predicted: readonly PredictedError[]): ChartTable {
  return {
    columns: ['tensor', 'node', 'operator', 'min', 'max', 'SQNR (dB)', 'clipped (%)'],
    rows: predicted.map(({ tensor, node, op, min, max, sqnrDb, clipped }) => [tensor, node, op, min, max, sqnrDb, clipped]),
  };
}
