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
