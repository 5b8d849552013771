import { onBeforeUnmount } from 'vue';

/** Calls back every so many milliseconds while the component lives. */
export function useInterval(work: () => void, milliseconds: number): void {
  const timer = setInterval(work, milliseconds);
  onBeforeUnmount(() => clearInterval(timer));
}
