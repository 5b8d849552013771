import type { QuantizedTensor } from '../../../src-main/contract/results.ts';
import type { ChartTable, CsvCell } from '../../charts/csv.ts';

/** One row per tensor, or per channel where the parameters differ by channel. */
export function parametersTable(tensors: readonly QuantizedTensor[]): ChartTable {
  const at = (value: number | readonly number[] | null | undefined, channel: number): number | null =>
    value == null ? null : typeof value === 'number' ? value : (value[channel] ?? null);
  return {
    columns: ['tensor', 'kind', 'type', 'granularity', 'axis', 'channel', 'scale', 'zero point', 'min', 'max', 'origin'],
    rows: tensors.flatMap((one) => {
      const scales = Array.isArray(one.scale) ? one.scale : null;
      return Array.from({ length: scales?.length ?? 1 }, (_, channel): CsvCell[] => [
        one.name, one.kind, one.type, one.granularity, one.axis, scales ? channel : null,
        at(one.scale, channel), at(one.zeroPoint, channel), at(one.range?.min, channel), at(one.range?.max, channel), one.origin,
      ]); // prettier-ignore
    }),
  };
}
