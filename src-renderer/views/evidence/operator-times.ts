import type { Speed } from '../../../src-main/contract/evidence.ts';
import type { ChartTable } from '../../charts/csv.ts';

/** One operator as ONNX Runtime ran it, in both models. `ms` per inference; null where a model has none. */
export interface OperatorTime {
  op: string;
  float: { ms: number; count: number; share: number } | null;
  quantized: { ms: number; count: number; share: number } | null;
}

/** The slowest first, whichever model it is in. */
export function operatorTimes({ float, quantized }: Speed): OperatorTime[] {
  const before = new Map((float?.operators ?? []).map((one) => [one.op, one]));
  const after = new Map(quantized.operators.map((one) => [one.op, one]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((op) => ({ op, float: before.get(op) ?? null, quantized: after.get(op) ?? null }))
    .sort((a, b) => Math.max(b.float?.ms ?? 0, b.quantized?.ms ?? 0) - Math.max(a.float?.ms ?? 0, a.quantized?.ms ?? 0));
}

/** @param word what the quantized model is: "INT8" */
export function operatorTable(times: readonly OperatorTime[], word: string): ChartTable {
  return {
    columns: ['operator', 'float (ms)', 'float nodes', 'float share (%)', `${word} (ms)`, `${word} nodes`, `${word} share (%)`],
    rows: times.map(({ op, float, quantized }) => [
      op,
      float?.ms ?? null,
      float?.count ?? null,
      float?.share ?? null,
      quantized?.ms ?? null,
      quantized?.count ?? null,
      quantized?.share ?? null,
    ]),
  };
}
