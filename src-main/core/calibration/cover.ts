import { spanOf, widthOf, type Looks } from './looks.ts';

/** Percent of every tensor's range that the subset covers at least. */
export const COVERAGE = 99;

/**
 * Few images whose ranges together cover at least 99 % of every tensor's range (with zero): each end has to be reached to within 0.5 % of the range.
 * Greedy, the image that reaches most of the ends still open first; at most ln(ends) + 1 times as many as the fewest possible (Chvátal, "A Greedy
 * Heuristic for the Set-Covering Problem", 1979).
 * @returns rows of `looks`, in the order in which they were taken
 */
export function coveringSubset(looks: Looks): number[] {
  const { tensors, images, min, max } = looks;
  /** For each end that an image has to reach: who does. */
  const reachedBy: number[][] = [];
  const reaches: number[][] = Array.from({ length: images }, () => []);
  const demand = (isReached: (image: number) => boolean): void => {
    const who = Array.from({ length: images }, (_, image) => image).filter(isReached);
    for (const image of who) reaches[image]?.push(reachedBy.length);
    reachedBy.push(who);
  };
  for (const at of tensors.keys()) {
    const span = spanOf(looks, at);
    const slack = (widthOf(span) * (1 - COVERAGE / 100)) / 2;
    // An end at zero is there without any image.
    if (span.max > slack) demand((image) => (max[image * tensors.length + at] as number) >= span.max - slack);
    if (span.min < -slack) demand((image) => (min[image * tensors.length + at] as number) <= span.min + slack);
  }
  const gain = reaches.map((ends) => ends.length);
  const open = reachedBy.map(() => true);
  const taken: number[] = [];
  for (let left = reachedBy.length; left > 0;) {
    const best = gain.reduce((most, value, image) => (value > (gain[most] as number) ? image : most), 0);
    for (const end of reaches[best] as number[]) {
      if (!open[end]) continue;
      open[end] = false;
      left -= 1;
      for (const image of reachedBy[end] as number[]) gain[image] = (gain[image] as number) - 1;
    }
    taken.push(best);
  }
  return taken;
}
