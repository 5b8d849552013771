import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LinearScale,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
  type ChartConfiguration,
} from 'chart.js';
import { onBeforeUnmount, onMounted, watch, type ShallowRef } from 'vue';
import type { ChartTheme } from './theme.ts';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, LineElement, LogarithmicScale, PointElement, ScatterController, Tooltip);

export type BarConfiguration = ChartConfiguration<'bar', { x: number; y: number }[] | number[] | [number, number][], string>;
export type ScatterConfiguration = ChartConfiguration<'scatter', { x: number; y: number }[], string>;

/** Keeps one Chart.js chart on the canvas in step with a configuration; `image` draws it anew for a file. */
export function useChart(
  canvas: Readonly<ShallowRef<HTMLCanvasElement | null>>,
  wanted: () => BarConfiguration | ScatterConfiguration,
): { image: (pixelRatio: number) => HTMLCanvasElement } {
  let chart: Chart | undefined;
  // Chart.js types a chart by its kind; here all kinds are treated alike.
  const configuration = (): ChartConfiguration => wanted() as ChartConfiguration;

  onMounted(() => {
    if (canvas.value) chart = new Chart(canvas.value, configuration());
  });
  watch(configuration, (next) => {
    if (!chart) return;
    chart.data = next.data;
    if (next.options) chart.options = next.options;
    chart.update('none');
  });
  onBeforeUnmount(() => chart?.destroy());

  /** Beside the screen, so that nothing flickers and the resolution does not depend on the monitor. */
  function image(pixelRatio: number): HTMLCanvasElement {
    const width = chart?.width ?? 800;
    const height = chart?.height ?? 400;
    const sheet = document.createElement('canvas');
    const { options, ...rest } = configuration();
    sheet.width = width;
    sheet.height = height;
    const copy = new Chart(sheet, { ...rest, options: { ...options, responsive: false, animation: false, devicePixelRatio: pixelRatio } });
    const result = document.createElement('canvas');
    result.width = sheet.width;
    result.height = sheet.height;
    result.getContext('2d')?.drawImage(sheet, 0, 0);
    copy.destroy();
    return result;
  }

  return { image };
}

/** The look that all axes share. */
export function axis(theme: ChartTheme, title: string) {
  return {
    title: { display: true, text: title, color: theme.muted, font: { family: theme.font, size: 11 } },
    grid: { color: theme.grid, tickColor: theme.grid },
    border: { color: theme.line },
    ticks: { color: theme.axis, font: { family: theme.mono, size: 11 }, maxRotation: 0 },
  };
}

/** A value of an axis: no more digits than it takes, since its neighbours are there to compare. */
export function tickText(value: string | number): string {
  return String(Number(Number(value).toPrecision(4))).replaceAll('-', '\u2212');
}

/** Round values between min and max, at most `count`, in steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(min: number, max: number, count: number): number[] {
  const rough = (max - min) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

export function tooltip(theme: ChartTheme) {
  return {
    backgroundColor: theme.raised,
    borderColor: theme.line,
    borderWidth: 1,
    cornerRadius: 3,
    titleColor: theme.text,
    bodyColor: theme.text,
    titleFont: { family: theme.font, size: 12, weight: 600 as const },
    bodyFont: { family: theme.mono, size: 11 },
    displayColors: false,
    padding: 8,
    caretSize: 0,
  };
}
