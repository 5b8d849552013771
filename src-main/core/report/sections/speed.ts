import { resultWord } from '../../../contract/recipe-words.ts';
import type { ModelSpeed } from '../../../contract/evidence.ts';
import type { RunResult } from '../../../contract/results.ts';
import type { Section } from '../document.ts';
import { bars } from '../svg/bars.ts';
import { megabytes, milliseconds, number } from '../words.ts';

const DRAWN = 12;

/** Which kernels ran, and how long they took on this machine. */
export function speedSection({ evaluate: { speed }, quantize }: RunResult): Section | null {
  if (!speed) return null;
  const word = resultWord(quantize.recipe);
  const operators = new Map<string, [float: number | null, quantized: number | null]>();
  for (const { op, ms } of speed.float?.operators ?? []) operators.set(op, [ms, null]);
  for (const { op, ms } of speed.quantized.operators) operators.set(op, [operators.get(op)?.[0] ?? null, ms]);
  const slowest = [...operators].sort(([, a], [, b]) => Math.max(b[0] ?? 0, b[1] ?? 0) - Math.max(a[0] ?? 0, a[1] ?? 0)).slice(0, DRAWN);
  const summary = `Time of each operator in one inference, float and ${word}, on ${speed.threads} threads of this machine.`;
  const series = [
    { name: 'float', ink: 'float' as const },
    { name: word, ink: 'quantized' as const },
  ];
  const row = (name: string, of: (model: ModelSpeed) => number | null, text: (value: number | null) => string): string[] => [
    name,
    speed.float ? text(of(speed.float)) : '–',
    text(of(speed.quantized)),
  ];
  return {
    title: 'Speed on this machine',
    blocks: [
      {
        kind: 'table',
        id: 'speed',
        title: 'Measured in turns',
        columns: [{ title: '' }, ...['float', word].map((title) => ({ title, align: 'right' as const }))],
        rows: [
          row('Median', ({ times }) => times.median, milliseconds),
          row('95th percentile', ({ times }) => times.p95, milliseconds),
          row('Least … most', ({ times }) => times.least, milliseconds).map((cell, i) => (i === 0 ? cell : i === 1 ? (speed.float ? `${milliseconds(speed.float.times.least)} … ${milliseconds(speed.float.times.most)}` : '–') : `${milliseconds(speed.quantized.times.least)} … ${milliseconds(speed.quantized.times.most)}`)), // prettier-ignore
          row('Images per second', ({ imagesPerSecond }) => imagesPerSecond, (value) => number(value)), // prettier-ignore
          row('Loading the model', ({ loadMs }) => loadMs, milliseconds),
          row('Peak memory above the process', ({ peakBytes }) => peakBytes, megabytes),
        ],
      },
      ...(speed.findings.length === 0 ? [] : [{ kind: 'list' as const, items: speed.findings.map(({ message }) => message) }]),
      ...(slowest.length === 0
        ? []
        : [{ kind: 'chart' as const, id: 'operators', title: 'Time by operator', summary, svg: bars(slowest.map(([op, values]) => ({ label: op, values })), series, 'ms', summary) }]), // prettier-ignore
      {
        kind: 'table',
        id: 'nodes',
        title: 'What ran of each node',
        columns: ['Node', 'operator', 'kernel', 'ran', 'wanted', 'ms', 'float ms', 'constants (bytes)', 'float constants (bytes)'].map((title) => ({ title })),
        rows: speed.nodes.map((one) => [one.node, one.op, one.kernel, one.ran, one.wanted, one.ms, one.floatMs, one.bytes, one.floatBytes]),
        shown: 30,
      },
    ],
  };
}
