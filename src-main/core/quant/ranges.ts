import type { Recipe } from '../../contract/recipe.ts';
import { mseRange } from './range-mse.ts';
import { spreadCodes } from './scale.ts';
import type { Statistics } from './statistics.ts';
import type { Plan } from './types.ts';

/** A range of real values. */
export interface Range {
  min: number;
  max: number;
}

/** The range of every observed tensor by the recipe's method, from statistics that are the same for all methods: no second pass over the images. */
export function estimateRanges(plan: Plan, statistics: ReadonlyMap<string, Statistics>, method: Recipe['range']): Map<string, Range> {
  const ranges = new Map<string, Range>([...statistics].map(([name, { min, max }]) => [name, { min, max }]));
  if (method === 'minmax') return ranges;
  for (const { scheme, range } of plan.activations) {
    const seen = range.from === 'observed' ? statistics.get(range.observe) : undefined;
    if (range.from === 'observed' && seen) ranges.set(range.observe, mseRange(seen, spreadCodes(scheme.type, scheme.symmetric), scheme.symmetric));
  }
  return ranges;
}
