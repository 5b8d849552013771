import { onScopeDispose } from 'vue';
import { useSession } from '../../stores/session.ts';

const KEPT = 400;
const AT_ONCE = 6;

/**
 * Thumbnails as blob: addresses: the last few hundred are kept, older ones are revoked. Few questions are open at a time and the newest goes first, because
 * while one scrolls only the last rows matter.
 */
export function useThumbnails(datasetId: () => string, size: number) {
  const session = useSession();
  const urls = new Map<number, string>();
  const waiting: { index: number; settle: (url: string | null) => void }[] = [];
  let open = 0;

  function load(index: number): Promise<string | null> {
    const known = urls.get(index);
    if (known) {
      urls.delete(index);
      urls.set(index, known);
      return Promise.resolve(known);
    }
    return new Promise((settle) => {
      waiting.push({ index, settle });
      void next();
    });
  }

  /** What scrolled away before its turn need not be asked for. */
  function forget(index: number): void {
    const at = waiting.findIndex((one) => one.index === index);
    if (at >= 0) waiting.splice(at, 1);
  }

  async function next(): Promise<void> {
    const wanted = open < AT_ONCE ? waiting.pop() : undefined;
    if (!wanted) return;
    open += 1;
    try {
      const { jpeg } = await session.call('datasets.thumbnail', { datasetId: datasetId(), index: wanted.index, size });
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

  onScopeDispose(() => {
    for (const url of urls.values()) URL.revokeObjectURL(url);
  });

  return { load, forget };
}
