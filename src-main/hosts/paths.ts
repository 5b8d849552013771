import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';

/** True when `path` is `folder` or lies inside it; both are absolute and real. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way));
}

/**
 * The real form of an absolute path, with links followed. What does not exist (yet) keeps its name behind the real form of its nearest existing folder, so
 * that whether a file exists outside the allowed folders cannot be told from the answer.
 */
export async function realForm(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realForm(parent), basename(path));
  }
}
