import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const HEX = /#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b/gi;
const tokens = readFileSync('src-renderer/styles/tokens.css', 'utf8');

/** "#0a6585" → relative luminance of WCAG 2.2. */
function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function pair(token: string): [string, string] {
  const found = new RegExp(`--${token}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(tokens);
  if (!found?.[1] || !found[2]) throw new Error(`no token --${token}`);
  return [found[1], found[2]];
}

const SURFACES = ['sunken', 'ground', 'surface', 'hover'];
const READABLE: [string, string[]][] = [
  ['text', SURFACES],
  ['text-muted', SURFACES],
  ['text-faint', ['ground', 'surface']],
  ['accent', ['ground', 'surface']],
  ['accent-strong', ['surface', 'accent-soft']],
  ['on-accent', ['accent', 'accent-strong']],
  ['ok', ['surface', 'sunken', 'ok-soft']],
  ['warning', ['surface', 'warning-soft']],
  ['bad', ['surface', 'sunken', 'bad-soft']],
  ['unknown', ['surface', 'unknown-soft']],
];

describe('colours', () => {
  it('stand in tokens.css and in the scales of the charts, nowhere else', () => {
    const files = globSync('src-renderer/**/*.{vue,css,ts}').filter((file) => !/tokens\.css$|charts\/colour-scales\.ts$/.test(file));
    expect(files.length).toBeGreaterThan(50);
    const literals = files.flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(HEX), ...text.matchAll(/\b(?:rgba?|hsla?|oklch|color)\(\s*\d/gi)].map((found) => `${file}: ${found[0]}`);
    });
    expect(literals).toEqual([]);
  });

  it.each(READABLE.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const)))('%s on %s reads at 4.5:1 in both themes', (text, ground) => {
    for (const theme of [0, 1] as const) expect(contrast(pair(text)[theme], pair(ground)[theme])).toBeGreaterThanOrEqual(4.5);
  });

  it('borders of controls stand out at 3:1', () => {
    for (const theme of [0, 1] as const) expect(contrast(pair('line-control')[theme], pair('surface')[theme])).toBeGreaterThanOrEqual(3);
  });
});
