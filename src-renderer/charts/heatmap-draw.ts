import { cividis, css, textOn } from './colour-scales.ts';
import { badness, columnHead, endsOf, worstOf, type HeatmapColumn, type HeatmapRow } from './heatmap.ts';
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

/** Of a row whose name and numbers can be read, in px. */
export const ROW_HEIGHT = 22;
/** From this height on names and numbers can be read. */
const READABLE = 15;

/** Draws the rows that are in sight, nothing else: 2,000 × 8 cost no more than a screenful. */
export function drawHeatmap(
  pen: CanvasRenderingContext2D,
  rows: readonly HeatmapRow[],
  columns: readonly HeatmapColumn[],
  layout: Layout,
  marked: Marked,
  theme: ChartTheme,
): void {
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
  drawNames(pen, rows, first, last, layout, marked, theme);
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
    const h = Math.max(rowHeight, 8);
    pen.strokeRect(names + marked.focus.column * cell + 1, top(marked.focus.row) + (rowHeight - h) / 2 + 1, cell - 3, h - 3);
  }
}

function drawUnknown(pen: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, readable: boolean, theme: ChartTheme): void {
  pen.fillStyle = theme.sunken;
  pen.fillRect(x, y, width, height);
  if (!readable) return;
  pen.fillStyle = theme.muted;
  pen.fillText('–', x + width - 7, y + height / 2);
}

/** The names of the rows in sight, on the left. */
export function drawNames(
  pen: CanvasRenderingContext2D,
  rows: readonly { label: string }[],
  first: number,
  last: number,
  layout: Layout,
  marked: Marked,
  theme: ChartTheme,
): void {
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  pen.font = `11px ${theme.mono}`;
  const room = layout.names - 14;
  const character = pen.measureText('0').width;
  const fits = Math.max(4, Math.floor(room / character));
  // Rows too thin for a name each share one; the selected row keeps its own.
  const every = Math.max(1, Math.ceil(READABLE / layout.rowHeight));
  const inside = (middle: number): number => Math.min(layout.height - READABLE / 2, Math.max(READABLE / 2, middle));
  const write = (r: number): void => {
    const label = rows[r]?.label ?? '';
    const middle = (r + 0.5) * layout.rowHeight - layout.scrolled;
    // The end of a tensor's name tells it apart; its beginning is shared by the whole block.
    pen.fillText(label.length > fits ? `…${label.slice(1 - fits)}` : label, 8, layout.rowHeight < READABLE ? inside(middle) : middle);
  };
  pen.fillStyle = theme.text;
  for (let r = Math.ceil(first / every) * every; r < last; r += every) {
    const fitsIn = every === 1 || (r + 0.5) * layout.rowHeight <= layout.height - READABLE / 2;
    if (fitsIn && (marked.selected === null || Math.abs(r - marked.selected) >= every)) write(r);
  }
  const { selected } = marked;
  if (selected === null || selected < first || selected >= last) return;
  pen.fillStyle = theme.accentSoft;
  const middle = (selected + 0.5) * layout.rowHeight - layout.scrolled;
  const h = Math.max(layout.rowHeight - 1, READABLE);
  pen.fillRect(0, (layout.rowHeight < READABLE ? inside(middle) : middle) - h / 2, layout.names, h);
  pen.fillStyle = theme.text;
  write(selected);
}

export function namesWidth(width: number): number {
  return Math.round(Math.min(320, width * 0.34));
}

/** All rows on a canvas of their own, for a picture, with the columns' titles above. Very many rows get thinner, since browsers limit a canvas. */
export function heatmapSheet(
  rows: readonly HeatmapRow[],
  columns: readonly HeatmapColumn[],
  width: number,
  pixelRatio: number,
  theme: ChartTheme,
): HTMLCanvasElement {
  const head = 20;
  const rowHeight = Math.min(ROW_HEIGHT, 6000 / Math.max(1, rows.length));
  const height = rows.length * rowHeight;
  const sheet = document.createElement('canvas');
  sheet.width = width * pixelRatio;
  sheet.height = Math.ceil((height + head) * pixelRatio);
  const pen = sheet.getContext('2d');
  if (!pen) return sheet;
  const names = namesWidth(width);
  const cell = (width - names) / columns.length;
  pen.scale(pixelRatio, pixelRatio);
  pen.fillStyle = theme.muted;
  pen.font = `11px ${theme.font}`;
  columns.forEach((column, i) => pen.fillText(columnHead(column), names + i * cell, 12, cell - 4));
  pen.translate(0, head);
  drawHeatmap(pen, rows, columns, { width, height, names, rowHeight, scrolled: 0 }, { focus: null, selected: null }, theme);
  return sheet;
}
