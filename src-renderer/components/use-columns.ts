import { computed, ref, type ComputedRef } from 'vue';
import type { Column } from './grid.ts';

export interface ChosenColumns<Row> {
  /** Those that are shown, in the table's order. */
  columns: ComputedRef<Column<Row>[]>;
  isShown: (key: string) => boolean;
  toggle: (key: string) => void;
  /** Back to what is shown at first. */
  reset: () => void;
}

/** Which columns of a table are shown: the user's choice, kept on this machine under the table's name. Only what differs from the default is kept. */
export function useColumns<Row>(table: string, all: () => readonly Column<Row>[]): ChosenColumns<Row> {
  const place = `calibrant.columns.${table}`;
  const chosen = ref(stored(place));
  const byDefault = (key: string): boolean => all().find((column) => column.key === key)?.shown !== 'on-request';
  const isShown = (key: string): boolean => chosen.value[key] ?? byDefault(key);

  function keep(next: Record<string, boolean>): void {
    chosen.value = next;
    if (Object.keys(next).length > 0) localStorage.setItem(place, JSON.stringify(next));
    else localStorage.removeItem(place);
  }

  return {
    columns: computed(() => all().filter(({ key, shown }) => shown === 'always' || isShown(key))),
    isShown,
    toggle: (key) => {
      const next = !isShown(key);
      const others = Object.entries(chosen.value).filter(([other]) => other !== key);
      keep(Object.fromEntries(next === byDefault(key) ? others : [...others, [key, next]]));
    },
    reset: () => keep({}),
  };
}

/** Anything else than what was kept here counts as nothing. */
function stored(place: string): Record<string, boolean> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(place) ?? '{}');
    if (value === null || typeof value !== 'object') return {};
    return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'));
  } catch {
    return {};
  }
}
