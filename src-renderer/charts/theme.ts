import { shallowRef, type ShallowRef } from 'vue';
import { readToken } from '../components/readToken.ts';

/** What the charts take from tokens.css, resolved for the theme in force. */
const TOKENS = {
  text: '--text',
  muted: '--text-muted',
  surface: '--surface',
  sunken: '--sunken',
  raised: '--raised',
  line: '--line-strong',
  grid: '--chart-grid',
  axis: '--chart-axis',
  marker: '--chart-marker',
  float: '--series-float',
  quantized: '--series-quantized',
  accent: '--accent',
  accentSoft: '--accent-soft',
} as const;

export type ChartTheme = Record<keyof typeof TOKENS, string> & { font: string; mono: string };

function read(): ChartTheme {
  const colours = Object.fromEntries(Object.entries(TOKENS).map(([name, token]) => [name, readToken(token)])) as Record<keyof typeof TOKENS, string>;
  const root = getComputedStyle(document.documentElement);
  return { ...colours, font: root.getPropertyValue('--font').trim(), mono: root.getPropertyValue('--mono').trim() };
}

let shared: ShallowRef<ChartTheme> | undefined;

/** One theme for all charts; it changes when the system or the user switches between light and dark. */
export function useChartTheme(): Readonly<ShallowRef<ChartTheme>> {
  if (shared) return shared;
  const theme = shallowRef(read());
  const again = (): void => {
    theme.value = read();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  // The monospace face is shipped and arrives after the first drawing.
  void document.fonts.ready.then(again);
  shared = theme;
  return theme;
}
