import { computed, onBeforeUnmount, onMounted, ref, shallowRef, type Ref } from 'vue';
import { namesWidth, ROW_HEIGHT, type Layout } from './heatmap-draw.ts';

/** Rows with names on a canvas that stays where it is while the box around it scrolls; `whole` shows all of them at once, as thin as need be. */
export function useRows(scroller: Readonly<Ref<HTMLElement | null>>, canvas: Readonly<Ref<HTMLCanvasElement | null>>, count: () => number) {
  const size = shallowRef({ width: 0, height: 0 });
  const scrolled = ref(0);
  const whole = ref(false);
  const rowHeight = computed(() => (whole.value && count() > 0 ? Math.min(ROW_HEIGHT, size.value.height / count()) : ROW_HEIGHT));
  const layout = computed<Layout>(() => ({
    ...size.value,
    names: namesWidth(size.value.width),
    rowHeight: rowHeight.value,
    scrolled: whole.value ? 0 : scrolled.value,
  }));
  /** Of what makes the box scroll, below the canvas. */
  const rest = computed(() => (whole.value ? 0 : Math.max(0, count() * ROW_HEIGHT - size.value.height)));
  const page = computed(() => Math.max(1, Math.floor(size.value.height / rowHeight.value) - 1));

  const observer = new ResizeObserver(([entry]) => {
    if (entry) size.value = { width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) };
  });
  onMounted(() => scroller.value && observer.observe(scroller.value));
  onBeforeUnmount(() => observer.disconnect());

  function bringIntoSight(row: number): void {
    const element = scroller.value;
    if (!element || whole.value) return;
    const top = row * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
  }

  /** The row under the pointer, and where in it: 0…1 from the left end of the cells, below 0 on the names. null beside the rows. */
  function under(event: MouseEvent): { row: number; share: number } | null {
    const box = canvas.value?.getBoundingClientRect();
    if (!box) return null;
    const { names, width } = layout.value;
    const row = Math.floor((event.clientY - box.top + layout.value.scrolled) / rowHeight.value);
    return row >= 0 && row < count() ? { row, share: (event.clientX - box.left - names) / (width - names) } : null;
  }

  /** The canvas in the screen's own resolution, with a pen in CSS px; null as long as there is no room. */
  function pen(): CanvasRenderingContext2D | null {
    const { width, height } = size.value;
    if (!canvas.value || width === 0 || height === 0) return null;
    canvas.value.width = Math.round(width * devicePixelRatio);
    canvas.value.height = Math.round(height * devicePixelRatio);
    const context = canvas.value.getContext('2d');
    context?.scale(devicePixelRatio, devicePixelRatio);
    return context;
  }

  return { size, scrolled, whole, rowHeight, layout, rest, page, bringIntoSight, under, pen };
}

/** Where an arrow key leads from a cell; null for other keys. `cells`: how many a row has. */
export function nextCell(
  key: string,
  at: { row: number; column: number },
  rows: number,
  page: number,
  cells: (row: number) => number,
): { row: number; column: number } | null {
  const steps: Record<string, readonly [number, number]> = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-page, 0], PageDown: [page, 0], Home: [-rows, 0], End: [rows, 0],
  }; // prettier-ignore
  const step = steps[key];
  if (!step || rows === 0) return null;
  const clamp = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));
  const row = clamp(at.row + step[0], rows);
  return { row, column: clamp(at.column + step[1], cells(row)) };
}
