/** Red, green, blue, each 0…255. */
export type Rgb = readonly [number, number, number];

/**
 * Cividis (Nuñez, Anderton, Renslow 2018): magnitude, dark = little, bright = much; reads the same with and without colour blindness.
 * Every 15th of the 256 published samples, 0…1; between them linear, within 2/255 of the full table.
 */
const CIVIDIS: readonly Rgb[] = (
  [
    [0.0, 0.135112, 0.304751],
    [0.0, 0.176082, 0.407577],
    [0.087465, 0.214879, 0.437342],
    [0.180503, 0.25618, 0.427299],
    [0.247605, 0.296986, 0.422917],
    [0.305886, 0.337681, 0.424512],
    [0.359916, 0.378641, 0.431501],
    [0.411607, 0.420145, 0.443577],
    [0.461616, 0.462405, 0.461969],
    [0.514226, 0.505546, 0.47264],
    [0.570607, 0.549695, 0.469593],
    [0.628576, 0.595104, 0.459641],
    [0.687957, 0.641966, 0.442886],
    [0.748772, 0.69047, 0.418448],
    [0.811054, 0.740801, 0.385198],
    [0.875057, 0.793125, 0.339685],
    [0.941147, 0.84753, 0.275815],
    [0.995737, 0.909344, 0.217772],
  ] as const
).map(([r, g, b]): Rgb => [r * 255, g * 255, b * 255]);

/** Blue–orange, the diverging scheme of Vega: signed error, blue below, orange above, pale at zero. */
const BLUE_ORANGE: readonly Rgb[] = '134b85 2f78b3 5da2cb 9dcae1 d2e5ef f2f0eb fce0ba fbbf74 e8932f c5690d 994a07'
  .split(' ')
  .map((hex) => [Number.parseInt(hex.slice(0, 2), 16), Number.parseInt(hex.slice(2, 4), 16), Number.parseInt(hex.slice(4, 6), 16)] as const);

function along(stops: readonly Rgb[], t: number): Rgb {
  const at = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(at));
  const from = stops[i] as Rgb;
  const to = stops[i + 1] as Rgb;
  const mix = (c: 0 | 1 | 2): number => Math.round(from[c] + (to[c] - from[c]) * (at - i));
  return [mix(0), mix(1), mix(2)];
}

/** Magnitude t in 0…1 (clamped; NaN is the caller's to show as unknown) → colour. */
export function cividis(t: number): Rgb {
  return along(CIVIDIS, t);
}

/** Signed value t in −1…1 (clamped) → colour. */
export function blueOrange(t: number): Rgb {
  return along(BLUE_ORANGE, (t + 1) / 2);
}

export function css([r, g, b]: Rgb): string {
  return `rgb(${r}, ${g}, ${b})`;
}

/** The colour of text on a colour: black or white, whichever contrasts more (WCAG relative luminance; the two cross at 0.179). */
export function textOn(colour: Rgb): Rgb {
  const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? [0, 0, 0] : [255, 255, 255];
}
