import type { Chart, Plugin } from 'chart.js';
import type { ChartTheme } from './theme.ts';

/** A vertical line for a decision, at a value of the x axis. */
export interface Mark {
  at: number;
  label: string;
  /** Which of the two rows above the plot carries the label. */
  row: 0 | 1;
  side: 'left' | 'right' | 'middle';
}

export interface Marks {
  lines: readonly Mark[];
  /** Where others would have ended the range: ticks at the foot of the plot. */
  ticks?: readonly number[];
  /** Stretches that the range cuts off, shaded: from … to in values of the x axis. */
  cut: readonly { from: number; to: number }[];
}

/** Room above the plot for the two rows of labels. */
export const MARKS_HEIGHT = 34;

/** Draws what was decided (range, zero point) over what was observed. */
export function marksPlugin(marks: () => Marks, theme: () => ChartTheme): Plugin<'bar'> {
  return {
    id: 'marks',
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area } = chart;
      const x = chart.scales['x'];
      if (!x) return;
      ctx.save();
      ctx.fillStyle = theme().sunken;
      for (const { from, to } of marks().cut) {
        const left = Math.max(area.left, x.getPixelForValue(from));
        const right = Math.min(area.right, x.getPixelForValue(to));
        if (right > left) ctx.fillRect(left, area.top, right - left, area.bottom - area.top);
      }
      ctx.restore();
    },
    afterDatasetsDraw(chart) {
      drawTicks(chart, marks().ticks ?? [], theme());
      for (const mark of apart(chart, marks().lines, theme())) drawLine(chart, mark, theme());
    },
  };
}

/** Labels of one row stand between their lines; where that is too narrow for both, outside of them. */
function apart(chart: Chart, lines: readonly Mark[], theme: ChartTheme): Mark[] {
  const { ctx } = chart;
  const x = chart.scales['x'];
  const [left, right] = (['left', 'right'] as const).map((side) => lines.find((mark) => mark.side === side));
  if (!x || !left || !right || left.row !== right.row) return [...lines];
  ctx.font = labelFont(theme);
  const needed = ctx.measureText(`${left.label}  ${right.label}`).width;
  if (x.getPixelForValue(right.at) - x.getPixelForValue(left.at) >= needed) return [...lines];
  return lines.map((mark) => (mark.side === 'middle' ? mark : { ...mark, side: mark.side === 'left' ? 'right' : 'left' }));
}

const labelFont = (theme: ChartTheme): string => `11px ${theme.mono}`;

const TICK = 9;

function drawTicks(chart: Chart, ticks: readonly number[], theme: ChartTheme): void {
  const { ctx, chartArea: area } = chart;
  const x = chart.scales['x'];
  if (!x) return;
  ctx.save();
  ctx.fillStyle = theme.marker;
  ctx.strokeStyle = theme.surface;
  for (const value of ticks) {
    if (value < x.min || value > x.max) continue;
    const at = Math.round(x.getPixelForValue(value));
    ctx.beginPath();
    ctx.moveTo(at, area.bottom - TICK);
    ctx.lineTo(at - TICK / 2, area.bottom);
    ctx.lineTo(at + TICK / 2, area.bottom);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

function drawLine(chart: Chart, mark: Mark, theme: ChartTheme): void {
  const { ctx, chartArea: area } = chart;
  const x = chart.scales['x'];
  if (!x || mark.at < x.min || mark.at > x.max) return;
  const at = Math.round(x.getPixelForValue(mark.at)) + 0.5;
  const top = area.top - MARKS_HEIGHT + 6 + mark.row * 14;
  ctx.save();
  ctx.strokeStyle = theme.marker;
  ctx.lineWidth = 1;
  if (mark.row === 1) ctx.setLineDash([3, 3]);
  ctx.beginPath();
  ctx.moveTo(at, top + 10);
  ctx.lineTo(at, area.bottom);
  ctx.stroke();
  ctx.font = labelFont(theme);
  const width = ctx.measureText(mark.label).width;
  const wanted = mark.side === 'left' ? at : mark.side === 'right' ? at - width : at - width / 2;
  const left = Math.min(Math.max(wanted, area.left), area.right - width);
  ctx.fillStyle = theme.surface;
  ctx.fillRect(left - 2, top - 3, width + 4, 13);
  ctx.fillStyle = theme.text;
  ctx.textBaseline = 'top';
  ctx.fillText(mark.label, left, top - 2);
  ctx.restore();
}
