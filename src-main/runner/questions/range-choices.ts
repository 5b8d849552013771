import type { RangeChoice } from '../../contract/evidence.ts';
import type { ServiceInput } from '../../contract/jobs.ts';
import type { TensorStatistics } from '../../contract/results.ts';
import { choosable, chosenRange, methodChoices, triedRange, type Choosable } from '../../core/quant/range-choices.ts';
import { toTensorStatistics, type Statistics } from '../../core/quant/statistics.ts';
import type { PlannedActivation } from '../../core/quant/types.ts';
import type { PlanOfRun } from './plan-memory.ts';

type Question = Pick<ServiceInput<'rangeChoices'>, 'recipe' | 'tensor' | 'tried'>;
type Known = ReadonlyMap<string, Statistics>;

const KEPT = 64;

/**
 * What every method chooses for one tensor, what the run took, and what comes of a range that is tried. Only the last is computed anew while a handle is
 * dragged: the methods search for milliseconds.
 */
export function createRangeChoices(): (planned: PlanOfRun, statistics: Known, question: Question) => RangeChoice[] {
  let of: { planned: PlanOfRun; statistics: Known; tensors: Map<string, { choosable: Choosable; choices: RangeChoice[] }> } | undefined;
  return (planned, statistics, { recipe, tensor, tried }) => {
    if (of?.planned !== planned || of.statistics !== statistics) of = { planned, statistics, tensors: new Map() };
    let known = of.tensors.get(tensor);
    if (!known) {
      const one = choosable(planned.free(tensor), statistics, tensor);
      // As it was planned, with the range that was perhaps given.
      const own = planned.plan.activations.find(({ name }) => name === tensor) as PlannedActivation;
      known = { choosable: one, choices: [...methodChoices(one, recipe), chosenRange(one, own, recipe)] };
      of.tensors.set(tensor, known);
      if (of.tensors.size > KEPT) of.tensors.delete(of.tensors.keys().next().value as string);
    }
    return tried ? [...known.choices, triedRange(known.choosable, tried)] : known.choices;
  };
}

/** Of everything that its range is for: tensors that share it are one distribution. Throws `not-found` with the reason. */
export function distributionOf(planned: PlanOfRun, statistics: Known, tensor: string): TensorStatistics {
  return toTensorStatistics(tensor, choosable(planned.free(tensor), statistics, tensor).seen);
}
