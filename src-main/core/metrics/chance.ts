/** Points below the stated accuracy that are worth a question. */
const FAR = 5;

/** Two standard deviations (points) of an accuracy of p percent over n images: 100·√(p(1−p)/n) each. */
export function accuracyNoise(percent: number, images: number): number {
  const p = Math.min(1, Math.max(0, percent / 100));
  return 200 * Math.sqrt((p * (1 - p)) / Math.max(1, images));
}

/** Whether a measured top-1 (percent) is too far below the stated one to be luck, by more than 5 points. */
export function farBelow(top1: number, stated: number, images: number): boolean {
  return stated - top1 > Math.max(FAR, accuracyNoise(stated, images));
}

/** Beyond what luck explains, accuracy must be above guessing by at least this many points, or by guessing itself where that is less. */
const MARGIN = 5;

/**
 * Up to this top-1 (percent) nobody can tell a model from guessing: chance plus three standard deviations of a guesser's accuracy over n images, √(p(1−p)/n).
 * @param chance accuracy of guessing, percent: 100 / classes
 */
export function chanceLimit(chance: number, images: number): number {
  const p = chance / 100;
  return chance + Math.max(300 * Math.sqrt((p * (1 - p)) / Math.max(1, images)), Math.min(chance, MARGIN));
}
