import type { RunRow } from '../../../src-main/contract/projects.ts';

/** As the contract has it. */
export const TAG_LENGTH = 40;
export const MOST_TAGS = 20;

/** "release,  q3, release" → release, q3. */
export function splitTags(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()).filter(Boolean))]; // prettier-ignore
}

/** Every tag of the runs, the most used first. */
export function tagsOf(rows: readonly RunRow[]): string[] {
  const counts = new Map<string, number>();
  for (const tag of rows.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b, 'en')).map(([tag]) => tag);
}
