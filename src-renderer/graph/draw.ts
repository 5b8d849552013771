import { cividis, css, textOn } from '../charts/colour-scales.ts';
import type { ChartTheme } from '../charts/theme.ts';
import type { Camera, Size } from './camera.ts';
import type { Paint } from './colouring.ts';
import { BOX, type Laid } from './layout.ts';
import { fillPattern } from './patterns.ts';
import type { Box, Visible } from './visible.ts';

/** Everything that is on the canvas. */
export interface Picture {
  visible: Visible;
  laid: Laid;
  /** By box. */
  paints: readonly Paint[];
  /** Boxes that a search has found. */
  hits: ReadonlySet<number>;
  focus: number;
  selected: number;
}

/** From this scale on letters can be read. */
const READABLE = 0.55;
const RADIUS = 3;
/** Width of the band that shows what kind a node is. */
const BAND = 12;

/** Draws what is in sight of the camera, nothing else. */
export function drawGraph(pen: CanvasRenderingContext2D, picture: Picture, camera: Camera, size: Size, theme: ChartTheme): void {
  pen.fillStyle = theme.surface;
  pen.fillRect(0, 0, size.width, size.height);
  pen.save();
  pen.translate(camera.x, camera.y);
  pen.scale(camera.scale, camera.scale);
  const sight = {
    left: -camera.x / camera.scale,
    top: -camera.y / camera.scale,
    right: (size.width - camera.x) / camera.scale,
    bottom: (size.height - camera.y) / camera.scale,
  };
  drawLinks(pen, picture, sight, camera.scale, theme);
  picture.visible.boxes.forEach((box, i) => {
    const x = picture.laid.corners[2 * i] ?? 0;
    const y = picture.laid.corners[2 * i + 1] ?? 0;
    if (x > sight.right || y > sight.bottom || x + BOX.width < sight.left || y + BOX.height < sight.top) return;
    drawBox(pen, box, picture.paints[i], x, y, camera.scale, theme);
    if (picture.hits.has(i)) outline(pen, x, y, 3, theme.marker, 2, camera.scale);
    if (i === picture.selected) outline(pen, x, y, 4, theme.accent, 3, camera.scale);
    if (i === picture.focus) outline(pen, x, y, 7, theme.text, 1.5, camera.scale);
  });
  pen.restore();
}

interface Sight {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function drawLinks(pen: CanvasRenderingContext2D, { visible, laid, focus }: Picture, sight: Sight, scale: number, theme: ChartTheme): void {
  const thin = Math.max(1.2, 1 / scale);
  const path = (line: Float64Array): void => {
    pen.moveTo(line[0] ?? 0, line[1] ?? 0);
    for (let i = 2; i < line.length; i += 2) pen.lineTo(line[i] ?? 0, line[i + 1] ?? 0);
  };
  const inSight = (line: Float64Array): boolean => (line[1] ?? 0) <= sight.bottom && (line.at(-1) ?? 0) >= sight.top;
  const arrow = (line: Float64Array): void => {
    const x = line.at(-2) ?? 0;
    const y = line.at(-1) ?? 0;
    pen.moveTo(x, y);
    pen.lineTo(x - 4, y - 7);
    pen.lineTo(x + 4, y - 7);
    pen.closePath();
  };
  for (const touching of [false, true]) {
    const lines = laid.lines.filter((line, i) => inSight(line) && (visible.links[i]?.from === focus || visible.links[i]?.to === focus) === touching);
    pen.strokeStyle = touching ? theme.accent : theme.axis;
    pen.fillStyle = pen.strokeStyle;
    pen.lineWidth = touching ? 2 * thin : thin;
    pen.beginPath();
    lines.forEach(path);
    pen.stroke();
    if (scale < READABLE / 2) continue;
    pen.beginPath();
    lines.forEach(arrow);
    pen.fill();
  }
}

function drawBox(pen: CanvasRenderingContext2D, box: Box, paint: Paint | undefined, x: number, y: number, scale: number, theme: ChartTheme): void {
  const isEnd = box.kind === 'input' || box.kind === 'output';
  const radius = isEnd ? BOX.height / 2 : RADIUS;
  const ink = paint?.badness == null ? null : cividis(paint.badness);
  pen.lineWidth = 1;
  pen.strokeStyle = theme.axis;
  if (box.kind === 'block' && scale >= READABLE / 2) {
    // A second sheet behind: there is more in it.
    pen.fillStyle = theme.sunken;
    rounded(pen, x + 4, y + 4, radius);
    pen.fill();
    pen.stroke();
  }
  pen.fillStyle = ink ? css(ink) : isEnd ? theme.sunken : theme.surface;
  rounded(pen, x, y, radius);
  pen.fill();
  if (paint?.kinds.length) drawKinds(pen, paint.kinds, x, y, scale < READABLE ? BOX.width : BAND, theme);
  rounded(pen, x, y, radius);
  pen.stroke();
  if (scale < READABLE) return;

  const left = x + (isEnd ? 14 : 8);
  const room = BOX.width - 2 * (left - x);
  pen.textBaseline = 'middle';
  // Letters never stand on a pattern.
  const inset = paint?.kinds.length ? BAND : 0;
  pen.fillStyle = ink ? css(textOn(ink)) : theme.text;
  pen.textAlign = 'right';
  pen.font = `11px ${theme.mono}`;
  const value = paint?.text ?? '';
  if (value) pen.fillText(value, x + BOX.width - 8, y + 12, 64);
  const taken = value ? Math.min(64, pen.measureText(value).width) + 8 : 0;
  pen.textAlign = 'left';
  pen.font = `600 12px ${theme.font}`;
  pen.fillText(shortened(box.title, room - taken - inset, 6.6, 'end'), left + inset, y + 12);
  pen.fillStyle = ink ? css(textOn(ink)) : theme.muted;
  pen.font = `10.5px ${theme.mono}`;
  pen.fillText(shortened(box.detail, room - inset, 6.4, 'start'), left + inset, y + 27);
}

/** Cut where names of one model are alike: the beginning of a path, the end of a title. `advance`: px a letter. */
function shortened(text: string, room: number, advance: number, cut: 'start' | 'end'): string {
  const fits = Math.max(3, Math.floor(room / advance));
  if (text.length <= fits) return text;
  return cut === 'start' ? `…${text.slice(1 - fits)}` : `${text.slice(0, fits - 1)}…`;
}

/** A band on the left, divided as the nodes are; the whole box where there is no room for letters anyway. */
function drawKinds(pen: CanvasRenderingContext2D, kinds: Paint['kinds'], x: number, y: number, width: number, theme: ChartTheme): void {
  const total = kinds.reduce((sum, { count }) => sum + count, 0);
  let from = y;
  for (const { kind, count } of kinds) {
    const height = (BOX.height * count) / total;
    fillPattern(pen, kind.pattern, { x, y: from, width, height }, theme);
    from += height;
  }
}

function rounded(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.roundRect(x, y, BOX.width, BOX.height, radius);
}

function outline(pen: CanvasRenderingContext2D, x: number, y: number, gap: number, colour: string, width: number, scale: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(width, width / scale / 1.5);
  pen.beginPath();
  pen.roundRect(x - gap, y - gap, BOX.width + 2 * gap, BOX.height + 2 * gap, RADIUS + gap);
  pen.stroke();
}

/** The whole graph small, with a frame around what is in sight. */
export function drawOverview(pen: CanvasRenderingContext2D, picture: Picture, camera: Camera, canvas: Size, size: Size, theme: ChartTheme): void {
  const { laid, paints } = picture;
  pen.clearRect(0, 0, size.width, size.height);
  pen.fillStyle = theme.sunken;
  pen.fillRect(0, 0, size.width, size.height);
  const { x, y } = overviewScale(laid, size);
  for (let i = 0; i < paints.length; i++) {
    const ink = paints[i]?.badness;
    pen.fillStyle = i === picture.selected ? theme.accent : ink == null ? theme.axis : css(cividis(ink));
    pen.fillRect((laid.corners[2 * i] ?? 0) * x, (laid.corners[2 * i + 1] ?? 0) * y, Math.max(2, BOX.width * x), Math.max(1, BOX.height * y));
  }
  pen.strokeStyle = theme.accent;
  pen.lineWidth = 1.5;
  const top = Math.max(0, (-camera.y / camera.scale) * y);
  const bottom = Math.min(size.height, ((canvas.height - camera.y) / camera.scale) * y);
  const left = Math.max(0, (-camera.x / camera.scale) * x);
  const right = Math.min(size.width, ((canvas.width - camera.x) / camera.scale) * x);
  pen.strokeRect(left + 1, top + 1, Math.max(3, right - left - 2), Math.max(3, bottom - top - 2));
}

/** Each direction by itself: a model is hundreds of times as long as it is wide. */
export function overviewScale(laid: Size, size: Size): { x: number; y: number } {
  return { x: Math.min(0.25, size.width / Math.max(1, laid.width)), y: Math.min(0.25, size.height / Math.max(1, laid.height)) };
}

/** The whole graph on a canvas of its own, for a picture; a very large one gets smaller, since browsers limit a canvas. */
export function graphSheet(picture: Picture, pixelRatio: number, theme: ChartTheme): HTMLCanvasElement {
  const { width, height } = picture.laid;
  const scale = Math.min(1, 14_000 / pixelRatio / Math.max(width, height, 1));
  const sheet = document.createElement('canvas');
  sheet.width = Math.ceil(width * scale * pixelRatio);
  sheet.height = Math.ceil(height * scale * pixelRatio);
  const pen = sheet.getContext('2d');
  if (!pen) return sheet;
  pen.scale(pixelRatio, pixelRatio);
  const size = { width: width * scale, height: height * scale };
  drawGraph(pen, { ...picture, focus: -1, selected: -1, hits: new Set() }, { scale, x: 0, y: 0 }, size, theme);
  return sheet;
}
