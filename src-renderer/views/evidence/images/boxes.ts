import type { SeenBox } from '../../../../src-main/contract/evidence.ts';
import type { ChartTable } from '../../../charts/csv.ts';

/** both: the other model has one of the same class there; lost: only float has it; added: only the quantized model. */
export type BoxFate = 'both' | 'lost' | 'added';
export interface FatedBox {
  box: SeenBox;
  fate: BoxFate;
}

const SAME_PLACE = 0.5;

function overlap(a: SeenBox, b: SeenBox): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/**
 * What became of every box that reaches the score: it is paired with the best of the same class (IoU ≥ 0.5) among all of the other model's, so that a box
 * whose score only sank below the threshold is not called lost; surest first, each partner once.
 */
export function fates(float: readonly SeenBox[], quantized: readonly SeenBox[], score: number): { float: FatedBox[]; quantized: FatedBox[] } {
  return { float: fate(float, quantized, score, 'lost'), quantized: fate(quantized, float, score, 'added') };
}

function fate(mine: readonly SeenBox[], others: readonly SeenBox[], score: number, alone: BoxFate): FatedBox[] {
  const free = new Set(others);
  return mine
    .filter((box) => (box.score ?? 1) >= score)
    .toSorted((a, b) => (b.score ?? 1) - (a.score ?? 1))
    .map((box) => {
      let best: { other: SeenBox; shared: number } | null = null;
      for (const other of free) {
        const shared = other.class === box.class ? overlap(box, other) : 0;
        if (shared >= SAME_PLACE && shared > (best?.shared ?? 0)) best = { other, shared };
      }
      if (best) free.delete(best.other);
      return { box, fate: best ? 'both' : alone };
    });
}

export function boxName({ name, class: index }: SeenBox): string {
  return name ?? `class ${index}`;
}

/** Every box that is drawn. */
export function boxTable(word: string, boxes: ReturnType<typeof fates>, truth: readonly SeenBox[]): ChartTable {
  const row = (model: string, fate: string, box: SeenBox) => [model, boxName(box), box.score, fate, box.x, box.y, box.width, box.height];
  return {
    columns: ['model', 'class', 'score', 'found by', 'x', 'y', 'width', 'height'],
    rows: [
      ...boxes.float.map((one) => row('float', one.fate === 'both' ? 'both' : 'float only (lost)', one.box)),
      ...boxes.quantized.map((one) => row(word, one.fate === 'both' ? 'both' : `${word} only (added)`, one.box)),
      ...truth.map((box) => row('truth', '', box)),
    ],
  };
}
