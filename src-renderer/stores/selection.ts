import { defineStore } from 'pinia';
import { computed } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { parseSelection, sameSelection, withSelection, type Selection } from './selection-query.ts';

export type { Selection } from './selection-query.ts';

/**
 * The one selected tensor or node. It lives in the address, so that back and forward, links and reloads keep it; this store only reads and writes
 * it there.
 */
export const useSelection = defineStore('selection', () => {
  const route = useRoute();
  const router = useRouter();

  const current = computed(() => parseSelection(route.query));
  const node = computed(() => (current.value?.kind === 'node' ? current.value.name : null));
  const tensor = computed(() => (current.value?.kind === 'tensor' ? current.value.name : null));

  /**
   * Selects, or clears with null. `step: true` is for arrow keys: walking down a table replaces the entry, so that "back" leaves the table at
   * once instead of climbing up row by row.
   */
  function select(next: Selection | null, options: { step?: boolean } = {}): void {
    if (sameSelection(next, current.value)) return;
    const query = withSelection(route.query, next);
    void (options.step && current.value ? router.replace({ query }) : router.push({ query }));
  }

  const selectNode = (name: string, options?: { step?: boolean }): void => select({ kind: 'node', name }, options);
  const selectTensor = (name: string, options?: { step?: boolean }): void => select({ kind: 'tensor', name }, options);

  return { current, node, tensor, select, selectNode, selectTensor };
});
