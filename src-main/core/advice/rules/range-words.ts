import type { Recipe } from '../../../contract/recipe.ts';

/** In the order in which they are worth trying, each with what it is good for. */
export const RANGE_METHODS_BY_USE: readonly { method: Recipe['range']; words: string; why: string }[] = [
  { method: 'mse', words: 'least squared error', why: 'It weighs clipping against rounding for each tensor, so neither a few great values nor the steps between small ones cost more than they must.' },
  { method: 'entropy', words: 'entropy', why: 'It cuts long thin tails that least squared error still pays for, and gives the room to the values that are frequent.' },
  { method: 'minmax', words: 'min–max', why: 'It clips nothing: where the great values decide, cutting them off costs more than coarser steps.' },
]; // prettier-ignore
