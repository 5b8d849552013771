import { cividis, css, textOn } from './colour-scales.ts';
import { badness, endsOf, worstOf, type HeatmapColumn, type HeatmapRow } from './heatmap.ts';
import type { ChartTheme } from './theme.ts';

/** Where things are on the canvas, in CSS px. */
export interface Layout {
  width: number;
  height: number;
  /** Width of the names; the cells share the rest. */
  names: number;
  rowHeight: number;
  /** First px of the rows that is on the canvas. */
  scrolled: number;
}

export interface Marked {
  focus: { row: number; column: number } | null;
  selected: number | null;
}

/** From this height on names and numbers can be read. */
const READABLE = 15;

/** Draws the rows that are in sight, nothing else: 2,000 × 8 cost no more than a screenful. */
export function drawHeatmap(pen: CanvasRenderingContext2D, rows: readonly HeatmapRow[], columns: readonly HeatmapColumn[], layout: Layout, marked: Marked, theme: ChartTheme): void {
  const { width, height, names, rowHeight, scrolled } = layout;
  pen.fillStyle = theme.surface;
  pen.fillRect(0, 0, width, height);
  const cell = (width - names) / Math.max(1, columns.length);
  const readable = rowHeight >= READABLE;
  const step = Math.max(1, Math.round(1 / rowHeight));
  const first = Math.floor(scrolled / rowHeight / step) * step;
  const last = Math.min(rows.length, Math.ceil((scrolled + height) / rowHeight));
  const top = (row: number): number => row * rowHeight - scrolled;

  columns.forEach((column, c) => {
    const ends = endsOf(column, rows, c);
    const left = names + c * cell;
    const rank = (value: number): number => (ends ? badness(value, column, ends) : 0);
    pen.font = `11px ${theme.mono}`;
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    for (let r = first; r < last; r += step) {
      const value = worstOf(rows, r, Math.min(rows.length, r + step), c, rank);
      const h = rowHeight * step;
      const gap = readable ? 1 : 0;
      if (value === null) {
        drawUnknown(pen, left, top(r), cell - 1, h - gap, readable, theme);
        continue;
      }
      const colour = cividis(rank(value));
      pen.fillStyle = css(colour);
      pen.fillRect(left, top(r), cell - 1, Math.max(h - gap, 0.5));
      if (!readable) continue;
      pen.fillStyle = css(textOn(colour));
      pen.fillText(column.format(value, true), left + cell - 8, top(r) + h / 2, cell - 10);
    }
  });
  if (readable) drawNames(pen, rows, first, last, layout, marked, theme);
  if (marked.selected !== null) {
    pen.strokeStyle = theme.accent;
    pen.fillStyle = theme.accent;
    pen.lineWidth = 2;
    const h = Math.max(rowHeight, 3);
    pen.fillRect(0, top(marked.selected), 3, h);
    pen.strokeRect(names, top(marked.selected), width - names - 2, h - 1);
  }
  if (marked.focus) {
    pen.strokeStyle = theme.text;
    pen.lineWidth = 2;
    const h = Math.max(rowHeight, 4);
    pen.strokeRect(names + marked.focus.column * cell + 1, top(marked.focus.row) + 1, cell - 3, h - 3);
  }
}

function drawUnknown(pen: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, readable: boolean, theme: ChartTheme): void {
  pen.fillStyle = theme.sunken;
  pen.fillRect(x, y, width, height);
  if (!readable) return;
  pen.fillStyle = theme.muted;
  pen.fillText('–', x + width - 7, y + height / 2);
}

function drawNames(pen: CanvasRenderingContext2D, rows: readonly HeatmapRow[], first: number, last: number, layout: Layout, marked: Marked, theme: ChartTheme): void {
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  pen.font = `11px ${theme.mono}`;
  const room = layout.names - 14;
  const character = pen.measureText('0').width;
  const fits = Math.max(4, Math.floor(room / character));
  for (let r = first; r < last; r++) {
    const label = rows[r]?.label ?? '';
    const y = r * layout.rowHeight - layout.scrolled;
    if (r === marked.selected) {
      pen.fillStyle = theme.accentSoft;
      pen.fillRect(0, y, layout.names, layout.rowHeight - 1);
    }
    pen.fillStyle = theme.text;
    // The end of a tensor's name tells it apart; its beginning is shared by the whole block.
    pen.fillText(label.length > fits ? `…${label.slice(1 - fits)}` : label, 8, y + layout.rowHeight / 2);
  }
}
