import type { ImageComparison } from '../../../../src-main/contract/evidence.ts';
import type { ChartTable } from '../../../charts/csv.ts';

export type ClassMap = NonNullable<ImageComparison['float']['mask']>;

/** Not seen by the model, or does not count. */
export const NO_CLASS = 255;

/** One class of an image: percent of the pixels by each model, by the truth, and how many got another class than by float. */
export interface MapClass {
  class: number;
  name: string;
  float: number;
  quantized: number;
  truth: number | null;
  /** Of the pixels that are of this class by float. */
  changed: number;
}

/** Classes that occur, the largest by float first: their place gives them their colour. */
export function mapClasses(float: ClassMap, quantized: ClassMap, truth: ClassMap | null, names: readonly string[]): MapClass[] {
  const pixels = float.classes.length;
  const count = (map: ClassMap): number[] => {
    const counts = new Array<number>(256).fill(0);
    for (const one of map.classes) counts[one] = (counts[one] ?? 0) + 1;
    return counts;
  };
  const [left, right, real] = [count(float), count(quantized), truth && count(truth)];
  const changed = new Array<number>(256).fill(0);
  float.classes.forEach((one, i) => {
    if (quantized.classes[i] !== one) changed[one] = (changed[one] ?? 0) + 1;
  });
  const share = (part: number | undefined, of: number): number => (of > 0 ? (100 * (part ?? 0)) / of : 0);
  return left
    .map((_, index) => index)
    .filter((index) => index !== NO_CLASS && ((left[index] ?? 0) > 0 || (right[index] ?? 0) > 0 || (real?.[index] ?? 0) > 0))
    .map((index) => ({
      class: index,
      name: names[index] || `class ${index}`,
      float: share(left[index], pixels),
      quantized: share(right[index], pixels),
      truth: real && truth ? share(real[index], truth.classes.length) : null,
      changed: share(changed[index], left[index] ?? 0),
    }))
    .sort((a, b) => b.float - a.float || b.quantized - a.quantized);
}

/** Percent of the pixels that both models saw and that got another class. */
export function changedShare(float: ClassMap, quantized: ClassMap): number {
  let [seen, changed] = [0, 0];
  float.classes.forEach((one, i) => {
    if (one === NO_CLASS) return;
    seen += 1;
    if (quantized.classes[i] !== one) changed += 1;
  });
  return seen > 0 ? (100 * changed) / seen : 0;
}

export function mapTable(word: string, classes: readonly MapClass[]): ChartTable {
  return {
    columns: ['class', 'float (% of the pixels)', `${word} (% of the pixels)`, 'truth (% of the pixels)', 'changed (% of float)'],
    rows: classes.map(({ name, float, quantized, truth, changed }) => [name, float, quantized, truth, changed]),
  };
}
