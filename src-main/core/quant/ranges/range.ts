/** A range of real values. */
export interface Range {
  min: number;
  max: number;
}

/** What of ±reach lies in the whole range. */
export function cutAt(reach: number, whole: Range): Range {
  return { min: Math.max(whole.min, -reach), max: Math.min(whole.max, reach) };
}
