import { CalibrantError } from '../../contract/errors.ts';
import type { RangeChoice } from '../../contract/evidence.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { deadLevels } from './dead-levels.ts';
import { mergeStatistics } from './merge-statistics.ts';
import { ownParameters } from './parameters.ts';
import { predictError } from './predict.ts';
import { Distribution } from './ranges/distribution.ts';
import { estimateRange, type Range, type RangeRecipe } from './ranges/estimate.ts';
import type { Statistics } from './statistics.ts';
import type { Given, Plan, PlannedActivation } from './types.ts';

export const RANGE_METHODS = ['mse', 'minmax', 'moving-average', 'percentile', 'entropy', 'octav'] as const satisfies readonly Recipe['range'][];

/** One activation whose range is a matter of choice. */
export interface Choosable {
  /** As if nobody had given its range. */
  planned: PlannedActivation;
  /** Of everything that the range is for: tensors that share it are one distribution. */
  seen: Statistics;
}

/**
 * @param free the plan of the recipe without what it says of this tensor's range
 * @throws CalibrantError `not-found` with the reason why there is nothing to choose, or nothing to choose from
 */
export function choosable(free: Plan, statistics: ReadonlyMap<string, Statistics>, tensor: string): Choosable {
  const planned = free.activations.find(({ name }) => name === tensor);
  if (!planned) throw nothing(`The tensor "${tensor}" stays float in this run, so it has no range.`);
  const { range } = planned;
  if (range.from === 'shared') throw nothing(`The tensor "${tensor}" shares the range of "${range.with}"; choose that one's.`);
  if (range.from === 'fixed') throw nothing(`The range of "${tensor}" is known from ${range.by} (${range.min} … ${range.max}), so it was not observed and is no matter of choice.`); // prettier-ignore
  const observe = range.from === 'observed' ? range.observe : [tensor];
  const seen = observe.flatMap((name) => statistics.get(name) ?? []);
  if (seen.length === 0) throw nothing(`Nothing is known of the distribution of "${tensor}": it was not observed in this run, or had no values on the images that calibrated.`); // prettier-ignore
  return { planned, seen: seen.length === 1 ? (seen[0] as Statistics) : mergeStatistics(seen) };
}

function nothing(message: string): CalibrantError {
  return new CalibrantError('not-found', message);
}

/** What each range method would choose, and what comes of it. */
export function methodChoices(of: Choosable, recipe: Pick<Recipe, 'percentile' | 'ortParity'>): RangeChoice[] {
  return RANGE_METHODS.map((range) => choice(range, of, { ...recipe, range }));
}

/** What the run itself took: what its method found, or what was given. */
export function chosenRange(of: Choosable, { range }: PlannedActivation, recipe: RangeRecipe): RangeChoice {
  return choice('chosen', of, range.from === 'given' ? range.given : recipe);
}

/** What comes of a range that somebody tries. Zero is always in it, and a symmetric scheme makes it symmetric. */
export function triedRange(of: Choosable, range: Range): RangeChoice {
  return choice('tried', of, range);
}

function choice(method: RangeChoice['method'], { planned, seen }: Choosable, by: Given | RangeRecipe): RangeChoice {
  const parameters =
    'range' in by
      ? ownParameters({ ...planned, range: OBSERVED }, new Map([[planned.name, estimateRange(seen, planned.scheme, by)]]), by.ortParity)
      : ownParameters({ ...planned, range: { from: 'given', given: by, by: method } }, new Map(), false);
  const [scale, zeroPoint] = [parameters.scale[0] as number, parameters.zeroPoint[0] as number];
  const { min, max, sqnrDb, clipped } = predictError(planned.name, seen, parameters);
  const { dead, levels } = deadLevels(new Distribution(seen), scale, zeroPoint, parameters.type);
  return { method, min, max, scale, zeroPoint, sqnrDb, clipped, deadLevels: dead, levels };
}

const OBSERVED = { from: 'observed', observe: [] } as const;
