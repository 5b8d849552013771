import type { Problem } from '../contract/model.ts';

export function warning(code: string, message: string): Problem {
  return { severity: 'warning', code, message };
}

export function note(code: string, message: string): Problem {
  return { severity: 'note', code, message };
}

/** Said in every result that had to leave samples out. */
export function skippedWarning(skipped: number, used: number): Problem {
  return warning('data-skipped', `${skipped} of ${skipped + used} samples could not be used and were skipped; they are listed with their reasons.`);
}
