import type { Recipe } from '../../../contract/recipe.ts';
import { mergeStatistics } from '../merge-statistics.ts';
import { spreadCodes } from '../scale.ts';
import type { Statistics } from '../statistics.ts';
import type { Plan, Scheme } from '../types.ts';
import { Distribution } from './distribution.ts';
import { entropyRange } from './entropy.ts';
import { minMaxRange } from './minmax.ts';
import { movingAverageRange } from './moving-average.ts';
import { mseRange } from './mse.ts';
import { octavRange } from './octav.ts';
import { ortPercentileRange, percentileRange } from './percentile.ts';
import { LEAST_END, type Range } from './range.ts';

export type { Range };

/** What of a recipe decides how ranges follow from statistics. */
export type RangeRecipe = Pick<Recipe, 'range' | 'percentile' | 'ortParity'>;

/** What of a scheme does. */
export type RangeScheme = Pick<Scheme, 'type' | 'symmetric' | 'codes'>;

/** Ends further apart than float32 reaches would make an infinite scale. */
const FURTHEST = 1.7e38;

/**
 * The range of every activation that is observed, by the activation's name, as the recipe's method finds it. All methods work on the same statistics: no
 * second pass over the images.
 * @param statistics of every tensor in `plan.observed` that had any values: detections may be none on all images
 */
export function estimateRanges(plan: Plan, statistics: ReadonlyMap<string, Statistics>, recipe: RangeRecipe): Map<string, Range> {
  const ranges = new Map<string, Range>();
  for (const { name, scheme, range } of plan.activations) {
    if (range.from !== 'observed') continue;
    const seen = range.observe.flatMap((tensor) => statistics.get(tensor) ?? []);
    ranges.set(name, seen.length > 0 ? estimateRange(mergeStatistics(seen), scheme, recipe) : { min: 0, max: 0 });
  }
  return ranges;
}

/** Contains zero, is never wider than what was observed (±max(|min|, |max|) for a symmetric scheme), and is symmetric where the scheme is. */
export function estimateRange(seen: Statistics, scheme: RangeScheme, recipe: RangeRecipe): Range {
  const whole = minMaxRange(seen, scheme.symmetric);
  const range = byMethod(seen, scheme, recipe);
  const floor = recipe.ortParity ? 0 : LEAST_END;
  return {
    min: Math.max(whole.min, -FURTHEST, Math.min(range.min, -floor)),
    max: Math.min(whole.max, FURTHEST, Math.max(range.max, floor)),
  };
}

function byMethod(seen: Statistics, { type, symmetric, codes }: RangeScheme, { range, percentile, ortParity }: RangeRecipe): Range {
  const spread = spreadCodes(type, symmetric, codes);
  switch (range) {
    case 'minmax':
      return minMaxRange(seen, symmetric);
    case 'moving-average':
      return movingAverageRange(seen, symmetric);
    case 'percentile':
      return ortParity
        ? minMaxRange(ortPercentileRange(new Distribution(seen), percentile), symmetric)
        : percentileRange(new Distribution(seen), percentile, symmetric);
    case 'entropy':
      // In ONNX Runtime's 128 bins the search for 128 levels has exactly one candidate: all of them.
      return ortParity ? minMaxRange(seen, symmetric) : entropyRange(new Distribution(seen), spread, symmetric);
    case 'mse':
      return mseRange(new Distribution(seen), spread, symmetric);
    case 'octav':
      return octavRange(new Distribution(seen), spread, symmetric);
  }
}
