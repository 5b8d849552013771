import type { ImageDamage } from '../../contract/evidence.ts';
import type { EvaluateResult } from '../../contract/results.ts';
import type { JudgedSample } from './judge.ts';

type Damage = NonNullable<EvaluateResult['damage']>;

/** More nobody looks at. */
const KEPT = 200;

/** What quantization did to each image, of which the worst are kept. */
export interface DamageList {
  /** @param what only asked for when the image is among the worst so far */
  add(sample: Pick<JudgedSample, 'position' | 'item'>, damage: number, change: ImageDamage['change'], what: () => string): void;
  finish(): Damage;
}

export function createDamageList(): DamageList {
  const counts = { of: 0, lost: 0, gained: 0, changed: 0 };
  let worst: ImageDamage[] = [];
  let least = 0;
  const cut = () => {
    worst = worst.sort((a, b) => b.damage - a.damage || a.position - b.position).slice(0, KEPT);
    if (worst.length === KEPT) least = worst[KEPT - 1]?.damage ?? 0;
  };
  return {
    add({ position, item: { file, label } }, damage, change, what) {
      counts.of += 1;
      if (change !== 'same') counts[change] += 1;
      if (!(damage > least) || !Number.isFinite(damage)) return;
      worst.push({ position, file, label, damage, change, what: what() });
      if (worst.length >= 2 * KEPT) cut();
    },
    finish() {
      cut();
      return { ...counts, images: worst };
    },
  };
}

/** A score as it is shown beside a class. */
export function shown(score: number): string {
  return Math.abs(score) < 10 ? score.toFixed(2) : String(Number(score.toPrecision(3)));
}
