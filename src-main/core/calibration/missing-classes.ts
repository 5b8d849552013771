import type { DataItem } from '../../contract/data.ts';
import type { DoctorResult } from '../../contract/evidence.ts';

/**
 * Classes that the data set has, and no image that calibrates. A class that is only a name, without any image, is not among them.
 * @param names by class index
 * @returns null where nothing is labelled
 */
export function missingClasses(items: readonly DataItem[], calibrating: readonly DataItem[], names: readonly string[]): DoctorResult['classes'] {
  const known = new Set(items.flatMap(classesOf));
  if (known.size === 0) return null;
  const present = new Set(calibrating.flatMap(classesOf));
  const missing = [...known].filter((index) => !present.has(index)).sort((a, b) => a - b);
  return { present: present.size, known: known.size, missing: missing.map((index) => ({ class: index, name: names[index] ?? null })) };
}

function classesOf({ label, boxes = [] }: DataItem): number[] {
  return [...(label === null ? [] : [label]), ...boxes.map((box) => box.class)];
}
