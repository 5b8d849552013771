import { computed, type ComputedRef, type Ref } from 'vue';
import type { RouteLocationNormalizedLoaded } from 'vue-router';
import type { RunRow } from '../../../src-main/contract/projects.ts';
import { useRuns } from '../../stores/runs.ts';

type Pair = readonly [RunRow, RunRow];

export interface Compared {
  /** What a comparison would be of right now, and how it is called; null: there are not two runs. */
  pair: ComputedRef<{ runs: Pair; words: string } | null>;
  /** The two runs in the address, which are being compared. */
  compared: ComputedRef<Pair | null>;
}

/** Two checked runs, the older first; else the baseline and the selected run. Only finished ones have something to compare. */
export function useCompared(
  route: RouteLocationNormalizedLoaded,
  { checked, chosen }: { checked: Ref<ReadonlySet<string> | null>; chosen: Ref<RunRow | null> },
): Compared {
  const runs = useRuns();
  const done = (id: string): RunRow | undefined => runs.rows.find((row) => row.id === id && row.state === 'done');
  const two = (list: readonly (RunRow | undefined)[]): Pair | null => {
    const [a, b, third] = list;
    return a && b && !third && a.id !== b.id ? [a, b] : null;
  };
  const pair = computed(() => {
    const byAge = [...(checked.value ?? [])].map(done).sort((a, b) => (a?.createdAt ?? '').localeCompare(b?.createdAt ?? ''));
    const both = two(byAge);
    if (both) return { runs: both, words: 'the 2 checked' };
    const row = chosen.value?.state === 'done' ? chosen.value : undefined;
    const withBaseline = two([runs.baseline ?? undefined, row]);
    return withBaseline && { runs: withBaseline, words: 'with the baseline' };
  });
  const compared = computed(() => two(String(route.query['compare'] ?? '').split(',').map(done))); // prettier-ignore
  return { pair, compared };
}
