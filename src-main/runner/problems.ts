import type { Problem } from '../contract/model.ts';

export function warning(code: string, message: string): Problem {
  return { severity: 'warning', code, message };
}

export function note(code: string, message: string): Problem {
  return { severity: 'note', code, message };
}

/** For a job that was asked for more samples than there are. */
export function fewerWarning(used: number, asked: number | undefined): Problem[] {
  return asked !== undefined && used < asked ? [warning('data-fewer-samples', `Only ${used} of the ${asked} samples asked for are there.`)] : [];
}

/** Said in every result that had to leave samples out. */
export function skippedWarning(skipped: number, used: number): Problem {
  return warning('data-skipped', `${skipped} of ${skipped + used} samples could not be used and were skipped; they are listed with their reasons.`);
}
