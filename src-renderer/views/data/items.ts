import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { DataItem } from '../../../src-main/contract/data.ts';
import { toErrorData, type ErrorData } from '../../../src-main/contract/errors.ts';
import type { DatasetRecord } from '../../../src-main/contract/projects.ts';
import { useSession } from '../../stores/session.ts';

/** An image of the data folder with its position there, which is how the host knows it. */
export interface ListedItem extends DataItem {
  index: number;
}

const PAGE = 500;

/** All items of a data set, page by page, so that they can be filtered by class here. A new data set starts over. */
export function useItems(dataset: () => DatasetRecord | null) {
  const session = useSession();
  const items = shallowRef<ListedItem[]>([]);
  const complete = ref(false);
  const error = shallowRef<ErrorData | null>(null);
  let reading = 0;

  async function read(datasetId: string): Promise<void> {
    reading += 1;
    const mine = reading;
    items.value = [];
    complete.value = false;
    error.value = null;
    try {
      for (;;) {
        const offset = items.value.length;
        const page = await session.call('datasets.items', { datasetId, offset, limit: PAGE });
        if (mine !== reading) return;
        items.value = [...items.value, ...page.items.map((item, i) => ({ ...item, index: offset + i }))];
        if (page.items.length === 0 || items.value.length >= page.total) break;
      }
      complete.value = true;
    } catch (thrown) {
      if (mine === reading) error.value = toErrorData(thrown);
    }
  }

  watch(
    () => dataset()?.sha256,
    () => {
      const id = dataset()?.id;
      if (id) void read(id);
    },
    { immediate: true },
  );
  onScopeDispose(() => (reading += 1));

  /** Labels that occur, with their counts. */
  const labels = computed(() => {
    const counts = new Map<number | null, number>();
    for (const item of items.value) counts.set(item.label, (counts.get(item.label) ?? 0) + 1);
    return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => (a.label ?? Infinity) - (b.label ?? Infinity));
  });

  return { items, complete, error, labels };
}

/** The name of a label, or its number where the data has no names. */
export function labelName(label: number | null, classes: readonly string[]): string {
  if (label === null) return 'no label';
  return classes[label] ?? `class ${label}`;
}
