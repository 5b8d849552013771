import type { CsvCell } from '../../../contract/csv.ts';
import type { QuantizedTensor, RunResult } from '../../../contract/results.ts';
import type { Section } from '../document.ts';

/** What is in the file, and where it is not what the Python tool would have written. */
export function parameterSections({ quantize }: RunResult): Section[] {
  const { placements, tensors, differences } = quantize;
  return [
    {
      title: `Nodes and their placement (${placements.length})`,
      folded: true,
      blocks: placements.length === 0 ? [] : [{ kind: 'table', id: 'placements', title: 'Placement', columns: ['Node', 'operator', 'placement', 'reason'].map((title) => ({ title })), rows: placements.map((one) => [one.node, one.op, one.placement, one.reason]) }], // prettier-ignore
    },
    {
      title: `Scales and zero points (${tensors.length} tensors)`,
      folded: true,
      blocks: tensors.length === 0 ? [] : [{ kind: 'table', id: 'parameters', title: 'Parameters', note: 'Per channel: a line for each.', columns: ['Tensor', 'kind', 'type', 'granularity', 'channel', 'scale', 'zero point', 'min', 'max', 'range from'].map((title) => ({ title })), rows: tensors.flatMap(byChannel), shown: 200 }], // prettier-ignore
    },
    {
      title: `Differences from ONNX Runtime’s Python tool (${differences.length})`,
      folded: true,
      blocks: differences.length === 0 ? [] : [{ kind: 'list', items: differences.map(({ message }) => message) }],
    },
  ];
}

function byChannel(one: QuantizedTensor): CsvCell[][] {
  const at = (value: number | readonly number[] | null | undefined, channel: number): number | null =>
    value == null ? null : typeof value === 'number' ? value : (value[channel] ?? null);
  const scales = Array.isArray(one.scale) ? one.scale : null;
  return Array.from({ length: scales?.length ?? 1 }, (_, channel) => [
    one.name, one.kind, one.type, one.granularity, scales ? channel : null, at(one.scale, channel), at(one.zeroPoint, channel),
    at(one.range?.min, channel), at(one.range?.max, channel), one.origin,
  ]); // prettier-ignore
}
