import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FolderListing } from '../../contract/calls.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Roots } from './paths.ts';

const MOST = 1000;
const MODEL = /\.onnx$/i;
const DATA = /\.(jpe?g|png|bmp|webp|gif|tiff?|ppm|pgm|csv|json|npy|npz|bin)$|-(images|labels).*ubyte$/i;

type Entry = FolderListing['entries'][number];

/** Lists one folder inside the roots, folders first; hidden entries and files that are of no use here are left out. */
export function createBrowser(roots: Roots): (path: string | null, what: 'model' | 'data') => Promise<FolderListing> {
  return async (path, what) => {
    const folder = await roots.check(path ?? roots.folders[0] ?? '');
    const found = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
      throw new CalibrantError('not-found', `${folder} cannot be listed (${cause.code ?? 'unknown reason'}); choose another folder.`, undefined, cause);
    });
    const wanted = what === 'model' ? MODEL : DATA;
    const entries: Entry[] = [];
    let more = false;
    for (const item of found.filter((entry) => !entry.name.startsWith('.')).sort(byKindAndName)) {
      if (item.isFile() && !wanted.test(item.name)) continue;
      if (entries.length === MOST) {
        more = true;
        break;
      }
      const entry = await describe(folder, item, roots);
      if (entry && (entry.kind === 'folder' || wanted.test(entry.name))) entries.push(entry);
    }
    entries.sort((a, b) => Number(a.kind === 'file') - Number(b.kind === 'file'));
    const parent = dirname(folder);
    return { path: folder, parent: parent !== folder && roots.contains(parent) ? parent : null, roots: [...roots.folders], entries, more };
  };
}

const order = new Intl.Collator('en', { numeric: true });

function byKindAndName(a: Dirent, b: Dirent): number {
  return Number(a.isFile()) - Number(b.isFile()) || order.compare(a.name, b.name);
}

/** Null for what is neither folder nor file, and for links that lead nowhere or out of the roots. */
async function describe(folder: string, item: Dirent, roots: Roots): Promise<Entry | null> {
  const path = join(folder, item.name);
  try {
    if (item.isSymbolicLink() && !roots.contains(await realpath(path))) return null;
    if (item.isDirectory()) return { name: item.name, path, kind: 'folder', bytes: 0 };
    const facts = await stat(path);
    if (facts.isDirectory()) return { name: item.name, path, kind: 'folder', bytes: 0 };
    return facts.isFile() ? { name: item.name, path, kind: 'file', bytes: facts.size } : null;
  } catch {
    return null;
  }
}
