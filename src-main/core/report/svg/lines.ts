import { dot, label, line, path, picture, rect, ticks, type Ink } from './picture.ts';
import { number } from '../words.ts';

export interface LineSeries {
  name: string;
  ink: Ink;
  points: readonly { x: number; y: number }[];
  /** Points alone, where what lies between them means nothing. */
  dots?: boolean;
}

export interface Axis {
  title: string;
  low: number;
  high: number;
}

const WIDTH = 760;
const HEIGHT = 260;
const LEFT = 52;
const RIGHT = 748;
const TOP = 34;
const BOTTOM = HEIGHT - 40;

/** Lines or points over two linear axes. */
export function lines(series: readonly LineSeries[], across: Axis, up: Axis, summary: string): string {
  const at = ({ low, high }: Axis, value: number, from: number, to: number): number => from + ((value - low) / (high - low || 1)) * (to - from);
  const x = (value: number): number => at(across, value, LEFT, RIGHT);
  const y = (value: number): number => at(up, Math.min(up.high, Math.max(up.low, value)), BOTTOM, TOP);
  const axes = [
    ...ticks(up.low, up.high, 5).flatMap((value) => [
      line(LEFT, y(value), RIGHT, y(value), 'line'),
      label(LEFT - 6, y(value) + 4, number(value), { anchor: 'end', size: 10 }),
    ]),
    ...ticks(across.low, across.high, 8).map((value) => label(x(value), BOTTOM + 15, number(value), { anchor: 'middle', size: 10 })),
    label((LEFT + RIGHT) / 2, HEIGHT - 6, across.title, { anchor: 'middle' }),
    label(8, 17, up.title),
  ];
  const legend = series.flatMap(({ name, ink }, i) => [rect(LEFT + 180 + i * 140, 8, 10, 10, ink), label(LEFT + 195 + i * 140, 17, name)]);
  const drawn = series.flatMap(({ points, ink, dots }) => (dots ? points.map((point) => dot(x(point.x), y(point.y), 2.5, ink)) : [path(points.map((point) => [x(point.x), y(point.y)] as const), ink)])); // prettier-ignore
  return picture(WIDTH, HEIGHT, summary, [...axes, ...legend, ...drawn]);
}
