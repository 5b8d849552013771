import type { ChartTheme } from './theme.ts';

const RATIO = 2;
const MARGIN = 16;

export interface Sheet {
  title: string;
  subtitle: string;
  /** Which run, model and data the picture is of: hashes in full, one line each. */
  source: readonly string[];
}

/**
 * A chart as a picture that can stand alone in a report: at twice the size, on the theme's surface, with its title above and its source below.
 * @param draw gives the chart itself at the given pixel ratio
 */
export async function toPng(sheet: Sheet, theme: ChartTheme, draw: (pixelRatio: number) => HTMLCanvasElement): Promise<Blob> {
  const chart = draw(RATIO);
  const width = Math.max(chart.width / RATIO, 480) + 2 * MARGIN;
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('the browser gives no canvas to draw on');
  const styles = {
    title: { font: `600 15px ${theme.font}`, colour: theme.text, leading: 20 },
    subtitle: { font: `12px ${theme.font}`, colour: theme.muted, leading: 16 },
    source: { font: `10px ${theme.mono}`, colour: theme.muted, leading: 14 },
  };
  type Line = { text: string; style: (typeof styles)[keyof typeof styles] };
  const lines = (texts: readonly string[], style: Line['style']): Line[] => {
    pen.font = style.font;
    return texts.flatMap((text) => wrap(text, width - 2 * MARGIN, (part) => pen.measureText(part).width)).map((text) => ({ text, style }));
  };
  const head = [...lines([sheet.title], styles.title), ...lines(sheet.subtitle ? [sheet.subtitle] : [], styles.subtitle)];
  const foot = lines(sheet.source, styles.source);
  const heightOf = (some: Line[]): number => some.reduce((sum, { style }) => sum + style.leading, 0);
  const chartTop = MARGIN + heightOf(head) + 10;
  const footTop = chartTop + chart.height / RATIO + 10;
  const height = footTop + heightOf(foot) + MARGIN;

  canvas.width = width * RATIO;
  canvas.height = Math.ceil(height * RATIO);
  pen.scale(RATIO, RATIO);
  pen.fillStyle = theme.surface;
  pen.fillRect(0, 0, width, height);
  pen.textBaseline = 'top';
  const write = (some: Line[], top: number): void => {
    let y = top;
    for (const { text, style } of some) {
      pen.font = style.font;
      pen.fillStyle = style.colour;
      pen.fillText(text, MARGIN, y);
      y += style.leading;
    }
  };
  write(head, MARGIN);
  pen.drawImage(chart, MARGIN, chartTop, chart.width / RATIO, chart.height / RATIO);
  write(foot, footTop);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large for this browser'))), 'image/png'),
  );
}

/** Breaks at spaces so that every line fits; a word that is too long by itself is broken anywhere. */
export function wrap(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word;
    if (measure(longer) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (line.length > 1 && measure(line) > width) {
      let fits = line.length - 1;
      while (fits > 1 && measure(line.slice(0, fits)) > width) fits -= 1;
      lines.push(line.slice(0, fits));
      line = line.slice(fits);
    }
  }
  return [...lines, line];
}
