import { overlap, type Detection } from './box.ts';

/**
 * Greedy non-maximum suppression within each class: the surest stays, those of its class that overlap it by more than `maxOverlap` (IoU) go, and so on.
 * @returns the rest, surest first (equally sure ones in the order given), `limit` at most
 */
export function suppress(detections: readonly Detection[], maxOverlap: number, limit = Infinity): Detection[] {
  const sorted = detections.toSorted((a, b) => b.score - a.score);
  const keptOf = new Map<number, Detection[]>();
  const kept: Detection[] = [];
  for (const candidate of sorted) {
    if (kept.length >= limit) break;
    const rivals = keptOf.get(candidate.class) ?? [];
    if (rivals.some((rival) => overlap(rival, candidate) > maxOverlap)) continue;
    rivals.push(candidate);
    keptOf.set(candidate.class, rivals);
    kept.push(candidate);
  }
  return kept;
}
