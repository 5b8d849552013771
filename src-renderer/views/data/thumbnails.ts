import { onScopeDispose, watch } from 'vue';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { DatasetRecord } from '../../../src-main/contract/projects.ts';
import { useSession } from '../../stores/session.ts';

const KEPT = 400;
const AT_ONCE = 6;

/** A thumbnail, or what stands in its place. */
export type Shown = { url: string } | 'no picture' | 'unreadable';
export type LoadThumbnail = (index: number, signal: AbortSignal) => Promise<Shown>;

/**
 * What it means that no picture can be made. The samples of a packed file are all pixels or all feature tensors, and none can be broken alone: one that is no
 * picture never was to be one.
 */
export function withoutPicture(kind: DatasetRecord['kind'], { code }: ErrorData): 'no picture' | 'unreadable' {
  const packed = kind === 'npy' || kind === 'idx' || kind === 'features';
  return packed && code === 'data-unreadable' ? 'no picture' : 'unreadable';
}

/**
 * Thumbnails as blob: addresses: the last few hundred are kept, older ones are revoked. Few questions are open at a time; one whose signal is aborted while
 * it waits (its row was scrolled away) is never asked.
 */
export function useThumbnails(dataset: () => DatasetRecord | null, size: number) {
  const session = useSession();
  const urls = new Map<number, string>();
  const waiting: { index: number; signal: AbortSignal; settle: (shown: Shown) => void }[] = [];
  let open = 0;

  function load(index: number, signal: AbortSignal): Promise<Shown> {
    if (dataset()?.kind === 'features') return Promise.resolve('no picture');
    const known = urls.get(index);
    if (known) {
      urls.delete(index);
      urls.set(index, known);
      return Promise.resolve({ url: known });
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
      const url = URL.createObjectURL(new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' }));
      keep(wanted.index, url);
      wanted.settle({ url });
    } catch (thrown) {
      // An unreadable image is shown as such; the data set's problems say why.
      wanted.settle(withoutPicture(from.kind, toErrorData(thrown)));
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
