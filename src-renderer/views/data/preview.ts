import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { TensorPreview } from '../../../src-main/contract/data.ts';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { Preprocess } from '../../../src-main/contract/preprocess.ts';
import { useSession } from '../../stores/session.ts';

const DEBOUNCE_MS = 180;

export interface PreviewRequest {
  datasetId: string;
  index: number;
  preprocess: Preprocess;
}

/** The strip for what is being edited: asked a moment after the last change, and an answer that was overtaken is dropped. */
export function usePreview(request: () => PreviewRequest | null) {
  const session = useSession();
  const preview = shallowRef<TensorPreview | null>(null);
  const error = shallowRef<ErrorData | null>(null);
  const waiting = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  async function ask(wanted: PreviewRequest): Promise<void> {
    asked += 1;
    const mine = asked;
    try {
      const answer = await session.call('datasets.preview', wanted);
      if (mine !== asked) return;
      preview.value = answer;
      error.value = null;
    } catch (thrown) {
      if (mine !== asked) return;
      error.value = toErrorData(thrown);
    }
    waiting.value = false;
  }

  watch(
    request,
    (wanted) => {
      clearTimeout(timer);
      if (!wanted) return;
      waiting.value = true;
      timer = setTimeout(() => void ask(wanted), preview.value ? DEBOUNCE_MS : 0);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    asked += 1;
  });

  return { preview, error, waiting };
}
