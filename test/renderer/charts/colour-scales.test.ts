import { describe, expect, it } from 'vitest';
import { blueOrange, cividis, css, textOn } from '../../../src-renderer/charts/colour-scales.ts';

// Published samples of cividis (256 entries, 0…1): indices 0, 64, 128, 192, 255 of the table of the paper's authors as matplotlib ships it.
const PUBLISHED = [
  [0, 0.0, 0.135112, 0.304751],
  [64, 0.263738, 0.307831, 0.422789],
  [128, 0.488697, 0.485318, 0.471008],
  [192, 0.736488, 0.680629, 0.424028],
  [255, 0.995737, 0.909344, 0.217772],
] as const;

describe('cividis', () => {
  it.each(PUBLISHED)('gives the published colour at sample %i', (index, r, g, b) => {
    const colour = cividis(index / 255);
    [r, g, b].forEach((channel, c) => expect(Math.abs((colour[c] ?? NaN) - channel * 255)).toBeLessThanOrEqual(2));
  });

  it('grows in lightness all the way, so that it also reads in grey', () => {
    const lightness = Array.from({ length: 101 }, (_, i) => cividis(i / 100)).map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    lightness.slice(1).forEach((value, i) => expect(value).toBeGreaterThan(lightness[i] ?? Infinity));
  });

  it('clamps what lies outside', () => {
    expect(cividis(-3)).toEqual(cividis(0));
    expect(cividis(7)).toEqual(cividis(1));
  });
});

describe('blue–orange', () => {
  it('has the published ends and a pale middle', () => {
    expect(blueOrange(-1)).toEqual([0x13, 0x4b, 0x85]);
    expect(blueOrange(0)).toEqual([0xf2, 0xf0, 0xeb]);
    expect(blueOrange(1)).toEqual([0x99, 0x4a, 0x07]);
  });
});

it('puts readable text on both ends', () => {
  expect(textOn(cividis(0))).toEqual([255, 255, 255]);
  expect(textOn(cividis(1))).toEqual([0, 0, 0]);
  expect(css([1, 2, 3])).toBe('rgb(1, 2, 3)');
});
