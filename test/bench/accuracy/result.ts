/** What one row measured, in points of its figure (percent). */
export interface Result {
  float: number;
  quantized: number;
  /** Behind the figures: "170 → 169 of 200 images, seeds 0 1 2". */
  counts: string;
  /** What one image more or less is worth; losses up to that are always allowed. Null where an image has no such share (mAP, mIoU). */
  oneImage: number | null;
}

/** One row of the table. */
export interface Row {
  name: string;
  figure: 'top-1' | 'mAP' | 'mIoU';
  /** Points that may be lost; null: told for comparison only. */
  goal: number | null;
  measure(): Promise<Result>;
}

export function verdict({ goal }: Row, { float, quantized, oneImage }: Result): string {
  if (goal === null) return '';
  const lost = float - quantized;
  if (lost <= goal + 1e-9) return `met (≤ ${goal})`;
  return oneImage !== null && lost <= oneImage + 1e-9 ? `met (one image; ≤ ${goal})` : `MISSED (≤ ${goal})`;
}
