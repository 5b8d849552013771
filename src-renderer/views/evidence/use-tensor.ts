import { ref, shallowRef, watch } from 'vue';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { TensorStatistics } from '../../../src-main/contract/results.ts';
import { useSession } from '../../stores/session.ts';

const KEPT = 64;
const kept = new Map<string, TensorStatistics>();
/** Someone who walks down a list with the arrow keys is not asked for every row. */
const PAUSE = 60;

/** The distribution of one tensor of a run; null while nothing is asked for. A finished run does not change, so answers are kept. */
export function useTensor(runId: () => string | null, tensor: () => string | null) {
  const session = useSession();
  const statistics = shallowRef<TensorStatistics | null>(null);
  const error = shallowRef<ErrorData | null>(null);
  const asking = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest = 0;

  async function ask(run: string, name: string, turn: number): Promise<void> {
    try {
      const answer = await session.call('runs.tensor', { runId: run, tensor: name });
      kept.set(`${run} ${name}`, answer);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? '');
      if (turn === latest) statistics.value = answer;
    } catch (thrown) {
      if (turn === latest) error.value = toErrorData(thrown);
    }
    if (turn === latest) asking.value = false;
  }

  watch([runId, tensor], ([run, name]) => {
    clearTimeout(timer);
    const turn = ++latest;
    error.value = null;
    asking.value = false;
    statistics.value = kept.get(`${run} ${name}`) ?? null;
    if (run === null || name === null || statistics.value) return;
    asking.value = true;
    timer = setTimeout(() => void ask(run, name, turn), PAUSE);
  }, { immediate: true }); // prettier-ignore

  return { statistics, error, asking };
}
