import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { comparePaths } from '../../core/data/order.ts';

export interface FolderTree {
  /** Files relative to the folder, `/` between parts, sorted bytewise. */
  files: string[];
  /** Symbolic links that lead outside the folder or nowhere, which were left alone. */
  ignoredLinks: string[];
}

/** All files below a folder. Hidden ones are left out; links are followed inside the folder only, and every real folder is read once. */
export async function walk(folder: string): Promise<FolderTree> {
  const root = await realpath(folder);
  const seen = new Set<string>();
  const files: string[] = [];
  const ignoredLinks: string[] = [];

  const visit = async (path: string): Promise<void> => {
    const real = await realpath(path);
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const at = join(path, entry.name);
      if (entry.isSymbolicLink() && !(await leadsInside(root, at))) ignoredLinks.push(at);
      else if ((entry.isSymbolicLink() ? await stat(at) : entry).isDirectory()) await visit(at);
      else files.push(at);
    }
  };
  await visit(root);

  const named = (paths: string[]) => paths.map((path) => relative(root, path).split(sep).join('/')).sort(comparePaths);
  return { files: named(files), ignoredLinks: named(ignoredLinks) };
}

/** Whether a path, with all links resolved, is or lies below `root` (itself resolved). */
export async function leadsInside(root: string, path: string): Promise<boolean> {
  const target = await realpath(path).catch(() => null);
  return target !== null && (target === root || target.startsWith(root + sep));
}
