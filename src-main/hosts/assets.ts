import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';

export interface Asset {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  /** Named by a hash of its content, so that it may be kept for ever. */
  immutable: boolean;
}

/** URL path → file. Fixed at start: a request is looked up, never turned into a path. */
export type Assets = ReadonlyMap<string, Asset>;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Reads the built window. Links and files of unknown type are left out. Throws `host-cannot` where nothing is built. */
export async function readAssets(folder: string): Promise<Assets> {
  const assets = new Map<string, Asset>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || !type) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    assets.set(path, { bytes: new Uint8Array(await readFile(file)), type, immutable: path.startsWith('/assets/') });
  }
  const index = assets.get('/index.html');
  if (!index) throw new CalibrantError('host-cannot', 'The window is not built yet: run "npm run build" once, then start again.');
  return assets.set('/', index);
}
