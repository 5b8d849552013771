import { shallowRef, watch } from 'vue';
import { toErrorData, type ErrorData } from '../../../../src-main/contract/errors.ts';
import type { ImageComparison } from '../../../../src-main/contract/evidence.ts';
import { useSession } from '../../../stores/session.ts';

const KEPT = 12;
/** Someone who walks down the list with the arrow keys is not asked for every image. */
const PAUSE = 120;

/** One image through both models; the last few are kept, so that going back is at once. The one before stays until the next is there. */
export function useImage(runId: () => string, position: () => number | null) {
  const session = useSession();
  const kept = new Map<string, ImageComparison>();
  const comparison = shallowRef<ImageComparison | null>(null);
  const error = shallowRef<ErrorData | null>(null);

  watch([runId, position], ([run, at], before, onCleanup) => {
    let overtaken = false;
    error.value = null;
    if (at === null || run !== before[0]) comparison.value = null;
    if (at === null) return;
    const key = `${run} ${at}`;
    const known = kept.get(key);
    if (known) {
      comparison.value = known;
      return;
    }
    const ask = async (): Promise<void> => {
      try {
        const answer = await session.call('runs.image', { runId: run, position: at });
        kept.set(key, answer);
        if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? '');
        if (!overtaken) comparison.value = answer;
      } catch (thrown) {
        if (overtaken) return;
        comparison.value = null;
        error.value = toErrorData(thrown);
      }
    };
    const timer = setTimeout(() => void ask(), before[1] === null || before[1] === undefined ? 0 : PAUSE);
    onCleanup(() => {
      overtaken = true;
      clearTimeout(timer);
    });
  }, { immediate: true }); // prettier-ignore

  return { comparison, error };
}
