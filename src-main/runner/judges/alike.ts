import { CalibrantError } from '../../contract/errors.ts';

/** Throws `model-mismatch` unless both models gave as many values. */
export function checkAlike(mine: ArrayLike<number>, theirs: ArrayLike<number>): void {
  if (mine.length === theirs.length) return;
  throw new CalibrantError(
    'model-mismatch',
    `The judged output of the model has ${mine.length} values, and that of the other ${theirs.length}; compare models of one kind.`,
  );
}
