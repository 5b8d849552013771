import type { RunRow } from '../../../src-main/contract/projects.ts';
import type { RunResult } from '../../../src-main/contract/results.ts';
import { numberPairs, type ClassPair, type NumberPair, type PlacementPair, type RecipeField } from '../../../src-main/contract/run-diff.ts';
import { bytes, change, decibel, integer, milliseconds, percent, points, signedInteger, UNKNOWN } from '../../components/format.ts';
import type { Column } from '../../components/grid.ts';
import { changeText, headlineText } from './numbers.ts';

export interface NumberLine {
  title: string;
  a: string;
  b: string;
  /** B − A; null where it cannot be told. */
  delta: number | null;
  deltaText: string;
  better: NumberPair['better'];
}

const TITLES: Record<NumberPair['number'], string> = {
  headline: 'Accuracy', agreement: 'Agreement', bytes: 'Size', latencyMs: 'Latency', worstSqnrDb: 'Lowest SQNR', images: 'Images', integerNodes: 'Integer nodes', floatNodes: 'Float nodes',
}; // prettier-ignore

/** The numbers of two runs as they are written. */
export function numberLines(a: RunRow, b: RunRow, results: { a: RunResult | null; b: RunResult | null } | null): NumberLine[] {
  return numberPairs(a, b, results ?? undefined).map((pair) => {
    const { number, better } = pair;
    const delta = pair.a === null || pair.b === null ? null : pair.b - pair.a;
    const write = (value: number | null, row: RunRow): string => written(number, value, row);
    const title = number === 'headline' ? (a.headline?.metric ?? TITLES.headline) : TITLES[number];
    return { title, better, delta, a: write(pair.a, a), b: write(pair.b, b), deltaText: deltaText(pair, delta, a) };
  });
}

function written(number: NumberPair['number'], value: number | null, row: RunRow): string {
  if (number === 'headline') return headlineText(row.headline, value, row.images);
  if (number === 'agreement') return percent(value);
  if (number === 'bytes') return bytes(value);
  if (number === 'latencyMs') return milliseconds(value);
  return number === 'worstSqnrDb' ? decibel(value) : integer(value);
}

function deltaText({ number, a, b }: NumberPair, delta: number | null, row: RunRow): string {
  if (delta === null) return UNKNOWN;
  if (number === 'headline') return changeText(row.headline, row.headline?.higher === false && a ? (100 * delta) / a : delta);
  if (number === 'agreement') return points(delta);
  if (number === 'bytes' || number === 'latencyMs') return change(b, a);
  return number === 'worstSqnrDb' ? changeText({ metric: 'SQNR', unit: 'dB', higher: true, value: null, float: null }, delta) : signedInteger(delta);
}

export const RECIPE_COLUMNS: Column<RecipeField>[] = [
  { key: 'field', title: 'Field', width: 'minmax(140px, 1.4fr)', mono: true, text: ({ field }) => field, value: ({ field }) => field },
  { key: 'a', title: 'A', width: 'minmax(90px, 1fr)', mono: true, text: ({ a }) => a },
  { key: 'b', title: 'B', width: 'minmax(90px, 1fr)', mono: true, text: ({ b }) => b },
];

/** B − A in points. */
export function classDelta(pair: ClassPair): number | null;
export function classDelta(pair: ClassPair, written: true): string;
export function classDelta({ a, b }: ClassPair, written = false): number | string | null {
  const delta = a === null || b === null ? null : b - a;
  return written ? points(delta) : delta;
}

export function classColumns({ headline }: RunRow): Column<ClassPair>[] {
  const of = headline?.metric === 'mAP' ? 'Objects' : 'Images';
  return [
    { key: 'name', title: 'Class', width: 'minmax(90px, 1fr)', text: ({ name }) => name, value: ({ class: index }) => index },
    { key: 'count', title: of, width: '68px', align: 'right', mono: true, text: ({ count }) => integer(count), value: ({ count }) => count, descendingFirst: true },
    { key: 'a', title: 'A', width: '68px', align: 'right', mono: true, text: ({ a }) => percent(a), value: ({ a }) => a },
    { key: 'b', title: 'B', width: '68px', align: 'right', mono: true, text: ({ b }) => percent(b), value: ({ b }) => b },
    { key: 'delta', title: 'B − A', width: '68px', align: 'right', hint: 'In points', value: (pair) => classDelta(pair) },
  ]; // prettier-ignore
}

const place = (placement: PlacementPair['a']): string => placement?.placement ?? 'not there';
const why = ({ a, b }: PlacementPair): string => [a && `A: ${a.reason}`, b && `B: ${b.reason}`].filter(Boolean).join(' · ');

export const PLACEMENT_COLUMNS: Column<PlacementPair>[] = [
  { key: 'node', title: 'Node', width: 'minmax(120px, 1.3fr)', mono: true, text: ({ node }) => node, value: ({ node }) => node },
  { key: 'op', title: 'Operator', width: '92px', text: ({ op }) => op, value: ({ op }) => op },
  { key: 'a', title: 'A', width: '70px', text: ({ a }) => place(a), value: ({ a }) => place(a) },
  { key: 'b', title: 'B', width: '70px', text: ({ b }) => place(b), value: ({ b }) => place(b) },
  { key: 'why', title: 'Why', width: 'minmax(120px, 2fr)', text: why },
];
