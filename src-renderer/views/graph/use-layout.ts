import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue';
import { fromElk, MOST_BOXES, shapeOf, toElk, type Laid } from '../../graph/layout.ts';
import type { Visible } from '../../graph/visible.ts';
import { createLayouter } from '../../workers/elk.ts';

/** Of the shapes that were laid out last; going back and forth between blocks costs nothing. */
const KEPT = 12;
const known = new Map<string, Laid>();

/** Below this nobody has to be told that something is going on. */
const PATIENCE_MS = 300;

/** Keeps a layout in step with what is to be drawn; until the next one is there the last one stays, with its own boxes. */
export function useLayout(wanted: Readonly<Ref<Visible>>) {
  const drawn = shallowRef<{ visible: Visible; laid: Laid } | null>(null);
  const state = ref<'working' | 'slow' | 'drawn' | 'cancelled' | 'failed'>('working');
  const failure = ref('');
  const layouter = createLayouter();
  let running: AbortController | undefined;

  async function start(): Promise<void> {
    running?.abort();
    const visible = wanted.value;
    const shape = shapeOf(visible);
    const before = known.get(shape);
    if (before) return done(visible, before);
    const controller = new AbortController();
    running = controller;
    state.value = 'working';
    const timer = setTimeout(() => running === controller && (state.value = 'slow'), PATIENCE_MS);
    try {
      if (visible.boxes.length > MOST_BOXES) throw new Error(`${visible.boxes.length} boxes are more than can be laid out`);
      const laid = fromElk(await layouter.layout(toElk(visible), controller.signal));
      known.set(shape, laid);
      const [oldest] = known.keys();
      if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
      if (running === controller) done(visible, laid);
    } catch (thrown) {
      if (running !== controller) return;
      failure.value = thrown instanceof Error ? thrown.message : String(thrown);
      state.value = controller.signal.aborted ? 'cancelled' : 'failed';
    } finally {
      clearTimeout(timer);
    }
  }

  function done(visible: Visible, laid: Laid): void {
    running = undefined;
    drawn.value = { visible, laid };
    state.value = 'drawn';
  }

  watch(wanted, start, { immediate: true });
  onBeforeUnmount(() => {
    running?.abort();
    running = undefined;
    layouter.dispose();
  });

  return { drawn, state, failure, cancel: () => running?.abort(), again: start };
}
