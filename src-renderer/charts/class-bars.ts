import type { EvaluateResult, Evaluation } from '../../src-main/contract/results.ts';
import { plural } from '../components/format.ts';
import type { ChartTable } from './csv.ts';

/** What the task measures of each class, in percent, and what is counted there. */
export interface ClassMeasure {
  metric: string;
  axis: string;
  one: 'image' | 'object' | 'pixel';
  /** Whether the percentage is a share of what is counted, so that a change is a number of these. */
  share: boolean;
}

/** One class before and after. */
export interface ClassBar {
  label: string;
  count: number;
  float: number;
  quantized: number;
}

const TOP_1: ClassMeasure = { metric: 'top-1', axis: 'top-1 accuracy (%)', one: 'image', share: true };
const AP: ClassMeasure = { metric: 'AP', axis: 'average precision (%)', one: 'object', share: false };
const IOU: ClassMeasure = { metric: 'IoU', axis: 'intersection over union (%)', one: 'pixel', share: false };

interface ClassValue {
  class: number;
  name: string | null;
  count: number;
  value: number | null;
}

function measured({ detection, segmentation, perClass }: Evaluation): { measure: ClassMeasure; values: ClassValue[] } {
  if (detection) return { measure: AP, values: detection.perClass.map((one) => ({ class: one.class, name: one.name, count: one.objects, value: one.ap })) };
  if (segmentation)
    return { measure: IOU, values: segmentation.perClass.map((one) => ({ class: one.class, name: one.name, count: one.pixels, value: one.iou })) };
  return { measure: TOP_1, values: perClass.map((one) => ({ class: one.class, name: one.name, count: one.images, value: one.top1 })) };
}

/** Every class that both models were measured on; empty without labels or a float model beside. */
export function classBars(evaluate: EvaluateResult): { measure: ClassMeasure; bars: ClassBar[] } {
  const { measure, values } = measured(evaluate);
  const before = new Map(evaluate.against ? measured(evaluate.against).values.map((one) => [one.class, one.value]) : []);
  const bars = values.flatMap(({ class: index, name, count, value }): ClassBar[] => {
    const float = before.get(index) ?? null;
    return float === null || value === null || count === 0 ? [] : [{ label: name ?? `class ${index}`, count, float, quantized: value }];
  });
  return { measure, bars };
}

/** Points lost or won. */
export function change(bar: ClassBar): number {
  return bar.quantized - bar.float;
}

/** The most damaged class first; equal damage: the one with more images, since there it weighs more. */
export function byDamage(bars: readonly ClassBar[]): ClassBar[] {
  return bars.toSorted((a, b) => change(a) - change(b) || b.count - a.count || a.label.localeCompare(b.label, 'en', { numeric: true }));
}

/** How many images a change in points stands for, signed; only of a measure that is a share. */
export function countChanged(bar: ClassBar): number {
  return Math.round((change(bar) * bar.count) / 100);
}

/** "30 images", "1200 pixels". */
export function countText(bar: ClassBar, { one }: ClassMeasure): string {
  return plural(bar.count, one);
}

/** @param word what the quantized model is: "INT8" */
export function classTable(bars: readonly ClassBar[], word: string, { metric, one, share }: ClassMeasure): ChartTable {
  const columns = ['class', `${one}s`, `float ${metric} (%)`, `${word} ${metric} (%)`, 'change (points)', ...(share ? [`change (${one}s)`] : [])];
  return { columns, rows: bars.map((bar) => [bar.label, bar.count, bar.float, bar.quantized, change(bar), ...(share ? [countChanged(bar)] : [])]) };
}
