import { cividis } from './colour-scales.ts';
import { badness, type HeatmapColumn } from './heatmap.ts';
import { drawNames, type Layout, type Marked } from './heatmap-draw.ts';
import type { ChartTheme } from './theme.ts';

/** All channels of one tensor. Every row is as wide as the chart, whether it has 3 channels or 1,280. */
export interface ChannelRow {
  key: string;
  label: string;
  /** Channel at each place of the row. */
  channels: Uint32Array;
  /** Its value; NaN is unknown. */
  values: Float32Array;
}

/** The scale as 256 colours, ready for a picture's memory. */
const STEPS = 256;
const COLOURS = Uint8ClampedArray.from(Array.from({ length: STEPS }, (_, i) => [...cividis(i / (STEPS - 1)), 255]).flat());

/** Of the places from…to of a row the one with the worst value: nothing bad hides between two pixels. −1: all unknown. */
export function worstPlace(values: Float32Array, from: number, to: number, good: 'high' | 'low'): number {
  let worst = -1;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    if (worst < 0 || (good === 'high' ? value < (values[worst] as number) : value > (values[worst] as number))) worst = i;
  }
  return worst;
}

/** Place of a row under a horizontal position 0…1: the worst of those that share the pixel. −1 for none. */
export function placeAt(row: ChannelRow, share: number, pixels: number, good: 'high' | 'low'): number {
  const { length } = row.values;
  if (length === 0 || share < 0 || share >= 1) return -1;
  const from = Math.floor(share * length);
  const to = Math.max(from + 1, Math.floor((share + 1 / pixels) * length));
  return Math.max(from, worstPlace(row.values, from, Math.min(length, to), good));
}

/** Draws the rows in sight straight into the picture's memory: a cell costs no call of the canvas. */
export function drawChannels(
  pen: CanvasRenderingContext2D,
  rows: readonly ChannelRow[],
  column: HeatmapColumn & { ends: { good: number; bad: number } },
  layout: Layout,
  marked: Marked,
  pixelRatio: number,
  theme: ChartTheme,
): void {
  const { width, height, names, rowHeight, scrolled } = layout;
  pen.fillStyle = theme.surface;
  pen.fillRect(0, 0, width, height);
  const across = Math.round((width - names) * pixelRatio);
  const first = Math.max(0, Math.floor(scrolled / rowHeight));
  const last = Math.min(rows.length, Math.ceil((scrolled + height) / rowHeight));
  const down = Math.min(Math.round(height * pixelRatio), Math.ceil((rows.length * rowHeight - scrolled) * pixelRatio));
  if (across > 0 && down > 0) {
    const image = pen.createImageData(across, down);
    const unknown = rgbOf(theme.sunken);
    const line = new Uint8ClampedArray(across * 4);
    let drawn = -1;
    for (let y = 0; y < down; y++) {
      const at = (y / pixelRatio + scrolled) / rowHeight;
      const r = Math.floor(at);
      // A gap of a pixel between rows that are high enough.
      if (rowHeight >= 6 && (at - r) * rowHeight * pixelRatio < 1) continue;
      const row = rows[r];
      if (!row) break;
      if (drawn !== r) {
        paintLine(line, row, column, unknown);
        drawn = r;
      }
      image.data.set(line, y * across * 4);
    }
    pen.putImageData(image, Math.round(names * pixelRatio), 0);
  }
  drawNames(pen, rows, first, last, layout, marked, theme);
  const mark = (row: number, colour: string): void => {
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.strokeRect(names, row * rowHeight - scrolled, width - names - 2, Math.max(rowHeight, 3) - 1);
  };
  if (marked.selected !== null) {
    mark(marked.selected, theme.accent);
    pen.fillStyle = theme.accent;
    pen.fillRect(0, marked.selected * rowHeight - scrolled, 3, Math.max(rowHeight, 3));
  }
  if (!marked.focus) return;
  const cells = rows[marked.focus.row]?.values.length ?? 1;
  const cell = (width - names) / cells;
  const w = Math.max(cell, 7);
  const middle = names + (marked.focus.column + 0.5) * cell;
  pen.strokeStyle = theme.text;
  pen.lineWidth = 2;
  pen.strokeRect(middle - w / 2, marked.focus.row * rowHeight - scrolled + 1, w, Math.max(rowHeight, 8) - 3);
}

function paintLine(
  line: Uint8ClampedArray,
  { values }: ChannelRow,
  column: HeatmapColumn & { ends: { good: number; bad: number } },
  unknown: readonly number[],
): void {
  // prettier-ignore
  const pixels = line.length / 4;
  for (let x = 0; x < pixels; x++) {
    const from = Math.floor((x / pixels) * values.length);
    const to = Math.max(from + 1, Math.floor(((x + 1) / pixels) * values.length));
    const place = worstPlace(values, from, Math.min(to, values.length), column.good);
    if (place < 0) {
      line.set(unknown, 4 * x);
      continue;
    }
    const step = 4 * Math.round(badness(values[place] as number, column, column.ends) * (STEPS - 1));
    for (let c = 0; c < 4; c++) line[4 * x + c] = COLOURS[step + c] as number;
  }
}

/** A token's colour (`rgb(r, g, b)`) as bytes. */
function rgbOf(colour: string): readonly number[] {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b, 255];
}
