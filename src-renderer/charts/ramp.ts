import { cividis, css } from './colour-scales.ts';

/** The magnitude scale from good to bad as a CSS background, for legends. */
export const RAMP = `linear-gradient(to right, ${Array.from({ length: 9 }, (_, i) => css(cividis(i / 8))).join(', ')})`;
