import { onScopeDispose, watch } from 'vue';
import type { DatasetRecord } from '../../../src-main/contract/projects.ts';
import { useSession } from '../../stores/session.ts';

const KEPT = 400;
const AT_ONCE = 6;

/**
 * Thumbnails as blob: addresses: the last few hundred are kept, older ones are revoked. Few questions are open at a time; one whose signal is aborted while
 * it waits (its row was scrolled away) is never asked.
 */
export function useThumbnails(dataset: () => DatasetRecord | null, size: number) {
  const session = useSession();
  const urls = new Map<number, string>();
  const waiting: { index: number; signal: AbortSignal; settle: (url: string | null) => void }[] = [];
  let open = 0;

  function load(index: number, signal: AbortSignal): Promise<string | null> {
    const known = urls.get(index);
    if (known) {
      urls.delete(index);
      urls.set(index, known);
      return Promise.resolve(known);
    }
    return new Promise((settle) => {
      waiting.push({ index, signal, settle });
      void next();
    });
  }

  async function next(): Promise<void> {
    if (open >= AT_ONCE) return;
    let wanted = waiting.shift();
    while (wanted?.signal.aborted) wanted = waiting.shift();
    const from = dataset();
    if (!wanted || !from) return;
    open += 1;
    try {
      const { jpeg } = await session.call('datasets.thumbnail', { datasetId: from.id, index: wanted.index, size });
      keep(wanted.index, URL.createObjectURL(new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' })));
      wanted.settle(urls.get(wanted.index) ?? null);
    } catch {
      // An unreadable image is shown as such; the data set's problems say why.
      wanted.settle(null);
    }
    open -= 1;
    void next();
  }

  function keep(index: number, url: string): void {
    urls.set(index, url);
    const oldest = urls.size > KEPT ? urls.entries().next().value : undefined;
    if (!oldest) return;
    urls.delete(oldest[0]);
    URL.revokeObjectURL(oldest[1]);
  }

  function release(): void {
    for (const url of urls.values()) URL.revokeObjectURL(url);
    urls.clear();
  }

  // Other files, other pictures.
  watch(() => dataset()?.sha256, release);
  onScopeDispose(release);

  return { load };
}
