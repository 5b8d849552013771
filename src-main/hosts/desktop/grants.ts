import { isAbsolute, resolve } from 'node:path';
import type { PathPolicy } from '../../app/index.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { isInside, realForm } from '../paths.ts';

export interface Grants extends PathPolicy {
  /** Allows the path, and what is inside if it is a folder. Returns its real form. */
  grant(path: string): Promise<string>;
}

/** The window may name what the user chose in a dialog or dropped on it, and nothing else. Grants end with the process. */
export function createGrants(): Grants {
  const granted = new Set<string>();
  return {
    async grant(path) {
      const real = await realForm(resolve(path));
      granted.add(real);
      return real;
    },
    async check(path) {
      if (isAbsolute(path) && !path.includes('\0')) {
        const real = await realForm(resolve(path));
        if ([...granted].some((one) => isInside(one, real))) return real;
      }
      throw new CalibrantError('path-not-allowed', `${path.slice(0, 300)} was not chosen by you; choose it in the dialog or drop it on the window.`);
    },
  };
}
