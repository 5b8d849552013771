import { expect, it } from 'vitest';
import type { EvaluateResult } from '../../../src-main/contract/results.ts';
import { byDamage, classBars, classTable, countChanged } from '../../../src-renderer/charts/class-bars.ts';

const bars = [
  { label: 'ant', count: 20, float: 90, quantized: 95 },
  { label: 'bee', count: 20, float: 80, quantized: 75 },
  { label: 'cat', count: 40, float: 80, quantized: 75 },
  { label: 'dog', count: 10, float: 100, quantized: 70 },
];

it('puts the most damaged class first; of two with equal loss the one with more images', () =>
  expect(byDamage(bars).map((bar) => bar.label)).toEqual(['dog', 'cat', 'bee', 'ant']));

it('says how many images a change in points stands for', () => expect(bars.map(countChanged)).toEqual([1, -1, -2, -3]));

const classes = (...values: (number | null)[]) => ({ perClass: values.map((value, i) => ({ class: i, name: i === 0 ? 'ant' : null, objects: 40, pixels: 9000, images: 20, top1: value, iou: value, ap: value })) }); // prettier-ignore
const measured = (now: object, before: object): EvaluateResult => ({ perClass: [], ...now, against: { perClass: [], ...before } }) as unknown as EvaluateResult;

it.each([
  ['images by top-1', measured(classes(75, 90), classes(80)), 'top-1', [{ label: 'ant', count: 20, float: 80, quantized: 75 }]],
  ['objects by AP', measured({ detection: classes(30, null) }, { detection: classes(40, 20) }), 'AP', [{ label: 'ant', count: 40, float: 40, quantized: 30 }]],
  ['pixels by IoU', measured({ segmentation: classes(60, 0) }, { segmentation: classes(60, 5) }), 'IoU', [
    { label: 'ant', count: 9000, float: 60, quantized: 60 },
    { label: 'class 1', count: 9000, float: 5, quantized: 0 },
  ]],
])('takes %s, of classes that both models have', (_, evaluate, metric, bars) => expect(classBars(evaluate)).toMatchObject({ measure: { metric }, bars })); // prettier-ignore

const { measure } = classBars(measured({}, {}));

it('tables every class', () =>
  expect(classTable(bars, 'INT16', measure)).toMatchObject({ columns: { 3: 'INT16 top-1 (%)' }, rows: { 3: ['dog', 10, 100, 70, -30, -3] } }));

it('counts no objects that changed, since AP is no share of them', () => {
  const table = classTable(bars, 'INT8', classBars(measured({ detection: classes() }, {})).measure);
  expect(table.columns).toEqual(['class', 'objects', 'float AP (%)', 'INT8 AP (%)', 'change (points)']);
  expect(table.rows[0]).toEqual(['ant', 20, 90, 95, 5]);
});
