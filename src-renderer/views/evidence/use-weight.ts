import { shallowRef, watch } from 'vue';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { WeightDistribution } from '../../../src-main/contract/evidence.ts';
import { useSession } from '../../stores/session.ts';

/** Someone who walks down a list with the arrow keys is not asked for every row. */
const PAUSE = 60;

/** The float values of one weight of a run; null until they are there. */
export function useWeight(runId: () => string, weight: () => string) {
  const session = useSession();
  const distribution = shallowRef<WeightDistribution | null>(null);
  const error = shallowRef<ErrorData | null>(null);

  watch([runId, weight], ([run, name], _before, onCleanup) => {
    let overtaken = false;
    distribution.value = null;
    error.value = null;
    const timer = setTimeout(() => {
      session.call('runs.weight', { runId: run, weight: name }).then(
        (answer) => void (overtaken || (distribution.value = answer)),
        (thrown: unknown) => void (overtaken || (error.value = toErrorData(thrown))),
      );
    }, PAUSE);
    onCleanup(() => {
      overtaken = true;
      clearTimeout(timer);
    });
  }, { immediate: true }); // prettier-ignore

  return { distribution, error };
}
