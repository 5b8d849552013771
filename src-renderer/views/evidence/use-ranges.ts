import { shallowRef, watch } from 'vue';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { RangeChoice } from '../../../src-main/contract/evidence.ts';
import type { Range } from '../../charts/histogram.ts';
import { useSession } from '../../stores/session.ts';

/** Someone who walks down a list with the arrow keys is not asked for every row. */
const PAUSE = 60;

/**
 * What the range methods would choose for one tensor of a run, and what comes of the range that is being tried. A drag brings more questions than can be
 * answered: one is open at a time, and the next is asked with the range of then.
 */
export function useRanges(runId: () => string, tensor: () => string | null, tried: () => Range | null) {
  const session = useSession();
  const choices = shallowRef<readonly RangeChoice[]>([]);
  const error = shallowRef<ErrorData | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;
  let open = false;
  let again = false;

  async function ask(of: number): Promise<void> {
    const name = tensor();
    if (name === null || of !== turn) return;
    if (open) {
      again = true;
      return;
    }
    open = true;
    const range = tried();
    try {
      const answer = await session.call('runs.ranges', { runId: runId(), tensor: name, ...(range ? { tried: range } : {}) });
      if (of === turn) {
        choices.value = answer;
        error.value = null;
      }
    } catch (thrown) {
      if (of === turn) error.value = toErrorData(thrown);
    }
    open = false;
    if (again) {
      again = false;
      void ask(turn);
    }
  }

  watch([runId, tensor], () => {
    clearTimeout(timer);
    turn += 1;
    choices.value = [];
    error.value = null;
    const of = turn;
    timer = setTimeout(() => void ask(of), PAUSE);
  }, { immediate: true }); // prettier-ignore
  watch(tried, (range) => {
    if (range && choices.value.length > 0) void ask(turn);
  });

  return { choices, error };
}
