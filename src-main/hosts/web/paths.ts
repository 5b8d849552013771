import { isAbsolute, resolve } from 'node:path';
import { CalibrantError } from '../../contract/errors.ts';
import type { PathPolicy } from '../../app/index.ts';
import { isInside, realForm } from '../paths.ts';

export interface Roots extends PathPolicy {
  /** Real paths of the folders that the window may look into. */
  readonly folders: readonly string[];
  contains(realPath: string): boolean;
}

const refusal = (path: string): CalibrantError =>
  new CalibrantError(
    'path-not-allowed',
    `${path.slice(0, 300)} is outside the folders that this window may use; start Calibrant with --root FOLDER to add one.`,
  );

/** Paths inside these folders, after all links are followed. `hidden` folders are allowed without being offered for browsing. */
export async function createRoots(folders: string[], hidden: string[] = []): Promise<Roots> {
  const real = async (list: string[]): Promise<string[]> => [...new Set(await Promise.all(list.map((folder) => realForm(resolve(folder)))))];
  const open = await real(folders);
  const allowed = [...open, ...(await real(hidden))];
  const contains = (path: string): boolean => allowed.some((folder) => isInside(folder, path));
  return {
    folders: open,
    contains,
    async check(path) {
      const isShare = /^[\\/]{2}/.test(path);
      if (path.includes('\0') || isShare || !isAbsolute(path)) throw refusal(path);
      const found = await realForm(resolve(path));
      if (!contains(found)) throw refusal(path);
      return found;
    },
  };
}
