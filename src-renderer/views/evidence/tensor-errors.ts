import type { DiagnosedTensor, TensorError } from '../../../src-main/contract/results.ts';
import type { HeatmapColumn, HeatmapRow } from '../../charts/heatmap.ts';
import { decibel, number } from '../../components/format.ts';
import { GLOSSARY } from '../../components/glossary.ts';

/** 10 dB is noise nearly as strong as the signal, 50 dB is what eight bits can do at best: fixed, so that two runs can be compared by eye. */
const SQNR = {
  unit: 'dB',
  good: 'high',
  scale: 'linear',
  ends: { good: 50, bad: 10 },
  format: (value: number, short: boolean) => (short ? number(value) : decibel(value)),
} as const;
/** Shown as 1 − cosine, since everything interesting happens behind 0.99. */
const COSINE = { unit: '', good: 'low', scale: 'log', ends: { good: 1e-5, bad: 0.1 }, format: (value: number) => number(value) } as const;
const MSE = { unit: '', good: 'low', scale: 'log', format: (value: number) => number(value) } as const;

const COLUMNS: readonly HeatmapColumn[] = [
  { key: 'sqnr', title: 'SQNR cumulative', hint: `${GLOSSARY.SQNR} ${GLOSSARY['cumulative error']}`, ...SQNR },
  { key: 'sqnr-local', title: 'SQNR local', hint: `${GLOSSARY.SQNR} ${GLOSSARY['local error']}`, ...SQNR },
  { key: 'cosine', title: '1 − cosine cumulative', hint: `${GLOSSARY.cosine} Shown is its distance from 1. ${GLOSSARY['cumulative error']}`, ...COSINE },
  { key: 'cosine-local', title: '1 − cosine local', hint: `${GLOSSARY.cosine} Shown is its distance from 1. ${GLOSSARY['local error']}`, ...COSINE },
  { key: 'mse', title: 'MSE cumulative', hint: `${GLOSSARY.MSE} ${GLOSSARY['cumulative error']}`, ...MSE },
  { key: 'mse-local', title: 'MSE local', hint: `${GLOSSARY.MSE} ${GLOSSARY['local error']}`, ...MSE },
];

/**
 * The metrics of the heatmap; the values of a row come in this order. `local`: some tensor is quantized itself, which formats without fixed ranges do not know.
 */
export function errorColumns(local: boolean): readonly HeatmapColumn[] {
  return COLUMNS.filter((_, i) => local || !isLocal(i));
}

const isLocal = (column: number): boolean => COLUMNS[column]?.key.endsWith('-local') ?? false;

function distance(error: TensorError | null): number | null {
  return error?.cosine == null ? null : Math.max(0, 1 - error.cosine);
}

export function errorRow(tensor: DiagnosedTensor, withLocal: boolean): HeatmapRow {
  const { cumulative, local } = tensor;
  const values = [cumulative.sqnrDb, local?.sqnrDb ?? null, distance(cumulative), distance(local), cumulative.mse, local?.mse ?? null];
  return {
    key: tensor.name,
    label: tensor.name,
    values: values.filter((_, i) => withLocal || !isLocal(i)),
    unknown: withLocal && local === null ? 'not quantized itself' : cumulative.mse === 0 ? 'no error at all' : 'no signal',
  };
}

/** The lowest cumulative SQNR first; without one (no error, no signal) last; equal ones in the graph's order. */
export function worstFirst(tensors: readonly DiagnosedTensor[]): DiagnosedTensor[] {
  return tensors.toSorted((a, b) => (a.cumulative.sqnrDb ?? Infinity) - (b.cumulative.sqnrDb ?? Infinity) || a.index - b.index);
}

/** Why an error has no SQNR. */
export function unknownError(error: TensorError | null): string {
  if (error === null) return 'This tensor is not quantized itself, so it adds no error of its own.';
  return error.mse === 0 ? 'No error at all: float and quantized values are the same.' : 'The tensor is zero everywhere, so there is no signal.';
}
