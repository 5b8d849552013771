import { ending, label, line, picture, rect, ticks, type Ink } from './picture.ts';
import { number } from '../words.ts';

export interface BarSeries {
  name: string;
  ink: Ink;
}

export interface BarRow {
  label: string;
  /** One for each series; null is unknown and draws nothing. */
  values: readonly (number | null)[];
  /** Right of the bars: "−12.0 points (3 of 25)". */
  note?: string;
}

const WIDTH = 760;
const NAMES = 240;
const NOTES = 150;
const BAR = 9;
const TOP = 34;

/** Horizontal bars from zero, a group for each row. */
export function bars(rows: readonly BarRow[], series: readonly BarSeries[], unit: string, summary: string): string {
  const most = Math.max(...rows.flatMap(({ values }) => values.map((value) => value ?? 0)), Number.MIN_VALUE);
  const group = BAR * series.length + 8;
  const left = NAMES + 8;
  const right = WIDTH - (rows.some(({ note }) => note) ? NOTES : 20);
  const x = (value: number): number => left + (value / most) * (right - left);
  const height = TOP + rows.length * group + 24;
  const axis = ticks(0, most, 5).flatMap((value) => [
    line(x(value), TOP - 4, x(value), height - 20, 'line'),
    label(x(value), height - 6, number(value), { anchor: 'middle', size: 10 }),
  ]);
  const legend = series.flatMap(({ name, ink }, i) => [rect(left + i * 120, 8, 10, 10, ink), label(left + i * 120 + 15, 17, name)]);
  const drawn = rows.flatMap(({ label: name, values, note }, row) => {
    const top = TOP + row * group;
    return [
      label(NAMES, top + (BAR * series.length) / 2 + 4, ending(name, 38), { anchor: 'end', ink: 'text' }),
      ...values.map((value, i) => (value === null ? '' : rect(left, top + i * BAR, x(value) - left, BAR - 1, series[i]?.ink ?? 'float'))),
      ...(note ? [label(right + 8, top + (BAR * series.length) / 2 + 4, note)] : []),
    ];
  });
  return picture(WIDTH, height, summary, [...axis, ...legend, label(right, 17, unit, { anchor: 'end' }), ...drawn]);
}
