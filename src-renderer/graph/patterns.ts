import type { ChartTheme } from '../charts/theme.ts';
import type { NodeKind } from './colouring.ts';

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Fills a rectangle so that kinds can be told apart without colours. */
export function fillPattern(pen: CanvasRenderingContext2D, pattern: NodeKind['pattern'], { x, y, width, height }: Rectangle, theme: ChartTheme): void {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.fillStyle = pattern === 'solid' ? theme.quantized : theme.surface;
  pen.fillRect(x, y, width, height);
  if (pattern === 'hatched') {
    pen.strokeStyle = theme.marker;
    pen.lineWidth = 2;
    pen.beginPath();
    for (let at = -height; at < width; at += 6) {
      pen.moveTo(x + at, y + height);
      pen.lineTo(x + at + height, y);
    }
    pen.stroke();
  }
  if (pattern === 'dotted') {
    pen.fillStyle = theme.float;
    for (let row = 2; row < height; row += 5) for (let at = 2; at < width; at += 5) pen.fillRect(x + at, y + row, 2, 2);
  }
  pen.restore();
}
