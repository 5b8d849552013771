import type { ChartTable } from './csv.ts';

/** Accuracy of one class before and after, in percent of its images. */
export interface ClassBar {
  label: string;
  images: number;
  float: number;
  quantized: number;
}

/** Points lost or won. */
export function change(bar: ClassBar): number {
  return bar.quantized - bar.float;
}

/** The most damaged class first; equal damage: the one with more images, since there it weighs more. */
export function byDamage(bars: readonly ClassBar[]): ClassBar[] {
  return bars.toSorted((a, b) => change(a) - change(b) || b.images - a.images || a.label.localeCompare(b.label, 'en', { numeric: true }));
}

/** How many images a change in points stands for, signed. */
export function imagesChanged(bar: ClassBar): number {
  return Math.round((change(bar) * bar.images) / 100);
}

/** @param word what the quantized model is: "INT8" */
export function classTable(bars: readonly ClassBar[], word: string): ChartTable {
  return {
    columns: ['class', 'images', 'float top-1 (%)', `${word} top-1 (%)`, 'change (points)', 'change (images)'],
    rows: bars.map((bar) => [bar.label, bar.images, bar.float, bar.quantized, change(bar), imagesChanged(bar)]),
  };
}
