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
  const lines = sheet.source.length;
  const head = sheet.subtitle ? 46 : 30;
  const width = Math.max(chart.width / RATIO, 480) + 2 * MARGIN;
  const height = chart.height / RATIO + head + 2 * MARGIN + lines * 14 + 8;
  const canvas = document.createElement('canvas');
  canvas.width = width * RATIO;
  canvas.height = height * RATIO;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('the browser gives no canvas to draw on');
  pen.scale(RATIO, RATIO);
  pen.fillStyle = theme.surface;
  pen.fillRect(0, 0, width, height);
  pen.textBaseline = 'top';
  const line = (text: string, y: number, font: string, colour: string): void => {
    pen.font = font;
    pen.fillStyle = colour;
    pen.fillText(text, MARGIN, y, width - 2 * MARGIN);
  };
  line(sheet.title, MARGIN, `600 15px ${theme.font}`, theme.text);
  if (sheet.subtitle) line(sheet.subtitle, MARGIN + 20, `12px ${theme.font}`, theme.muted);
  pen.drawImage(chart, MARGIN, MARGIN + head, chart.width / RATIO, chart.height / RATIO);
  sheet.source.forEach((text, i) => line(text, height - MARGIN - (lines - i) * 14 + 2, `10px ${theme.mono}`, theme.muted));
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large for this browser'))), 'image/png'));
}
