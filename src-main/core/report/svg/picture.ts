/** Text for XML: names of models, files and nodes are hostile input. What XML 1.0 forbids is left out. */
export function escapeXml(value: string): string {
  return value
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * Colours of a printed page. Every shape also has a class, so that an HTML page can give it the colour of a dark screen; a picture file and a PDF
 * take them as they are.
 */
export const INK = { text: '#15181b', muted: '#4c545c', line: '#dde0e3', float: '#747d86', quantized: '#0a6585', marker: '#b2591b', third: '#6a4c9c' } as const;
export type Ink = keyof typeof INK;

const FONT = 'font-family="Liberation Sans, Segoe UI, Helvetica, Arial, sans-serif"';

export function rect(x: number, y: number, width: number, height: number, ink: Ink): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" fill="${INK[ink]}" class="f-${ink}"/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, ink: Ink, width = 1): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${INK[ink]}" stroke-width="${width}" class="s-${ink}"/>`;
}

export function dot(x: number, y: number, radius: number, ink: Ink): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${INK[ink]}" class="f-${ink}"/>`;
}

export function path(points: readonly (readonly [number, number])[], ink: Ink): string {
  const steps = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return `<path d="${steps}" fill="none" stroke="${INK[ink]}" stroke-width="1.5" class="s-${ink}"/>`;
}

export function label(x: number, y: number, text: string, options: { ink?: Ink; anchor?: 'start' | 'middle' | 'end'; size?: number } = {}): string {
  const { ink = 'muted', anchor = 'start', size = 11 } = options;
  return `<text x="${round(x)}" y="${round(y)}" fill="${INK[ink]}" class="f-${ink}" text-anchor="${anchor}" font-size="${size}" ${FONT}>${escapeXml(text)}</text>`;
}

export function picture(width: number, height: number, summary: string, shapes: readonly string[]): string {
  const size = `width="${width}" height="${Math.ceil(height)}" viewBox="0 0 ${width} ${Math.ceil(height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escapeXml(summary)}">${shapes.join('')}</svg>`;
}

/** The end of a tensor's name tells it apart; its beginning is shared by the whole block. */
export function ending(name: string, most: number): string {
  return name.length > most ? `…${name.slice(1 - most)}` : name;
}

/** Round values that cover low … high in steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
