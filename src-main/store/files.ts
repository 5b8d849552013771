import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import type { Home } from './home.ts';
import { newId } from './id.ts';
import type { NamedFile } from './models.ts';
import { sqliteError } from './sqlite.ts';

/** The folders in `files`, by the first two digits. */
export const GROUP_NAME = /^[0-9a-f]{2}$/;

export interface StoredFile {
  sha256: string;
  bytes: number;
}

export interface Referenced {
  files: ReadonlySet<string>;
  /** Ids under which `materialize` was called. */
  folders: ReadonlySet<string>;
}

/** Big things, each under the SHA-256 of its content: `files/ab/<sha256>`. */
export interface Files {
  /** Copies a file (by path) or bytes in; the same content is kept once. Whole and on disk when it resolves. Throws `disk-full`, `not-found`. */
  put(source: string | Uint8Array): Promise<StoredFile>;
  /** Where the content lies. Read-only: never open it for writing. */
  pathOf(sha256: string): string;
  /** A folder `models/<id>` with the files under their own names, made once, for readers that follow names (external data). Returns it. */
  materialize(id: string, files: readonly NamedFile[]): Promise<string>;
  /** Removes what nothing refers to, and what a killed process left half-written. Returns the number of files removed. */
  sweep(referenced: Referenced): Promise<number>;
}

/** Where content lies below the folder of all files. Throws `store-corrupt`. */
export function contentPath(folder: string, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new CalibrantError('store-corrupt', `The project database names a file by something that is no SHA-256 (${sha256.slice(0, 80)}).`);
  return join(folder, sha256.slice(0, 2), sha256);
}

export async function filesIn(home: Home): Promise<Files> {
  const temporaries = join(home.files, 'tmp');
  await mkdir(temporaries, { recursive: true, mode: 0o700 });

  const pathOf = (sha256: string): string => contentPath(home.files, sha256);

  const put = async (source: string | Uint8Array): Promise<StoredFile> => {
    const temporary = join(temporaries, newId());
    try {
      const stored = await write(temporary, source);
      const target = pathOf(stored.sha256);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await rename(temporary, target);
      await syncFolder(dirname(target));
      await syncFolder(home.files);
      return stored;
    } catch (error) {
      await rm(temporary, { force: true });
      if (isMissing(error)) throw new CalibrantError('not-found', `The file ${String(source)} is not there (any more).`, undefined, error);
      throw sqliteError(error, home.files);
    }
  };

  const materialize = async (id: string, files: readonly NamedFile[]): Promise<string> => {
    const folder = join(home.models, id);
    if (await exists(folder)) return folder;
    const temporary = join(temporaries, newId());
    try {
      for (const { name, sha256 } of files) {
        const target = resolve(temporary, name);
        if (!target.startsWith(temporary + sep))
          throw new CalibrantError('model-external-data-outside', `The model refers to ${name}, which is outside its own folder.`);
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        // Disks without hard links (FAT, some shares) get a copy.
        await link(pathOf(sha256), target).catch(() => copyFile(pathOf(sha256), target));
      }
      await rename(temporary, folder);
      return folder;
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (await exists(folder)) return folder;
      if (isMissing(error)) throw new CalibrantError('store-corrupt', `A file of the model is missing in ${home.files}; add the model again.`, { id }, error);
      throw sqliteError(error, home.models);
    }
  };

  const sweep = async (referenced: Referenced): Promise<number> => {
    let removed = 0;
    const remove = async (path: string): Promise<void> => {
      await rm(path, { recursive: true, force: true });
      removed += 1;
    };
    for (const left of await readdir(temporaries)) await remove(join(temporaries, left));
    for (const id of await readdir(home.models)) if (!referenced.folders.has(id)) await remove(join(home.models, id));
    for (const group of await readdir(home.files)) {
      if (!GROUP_NAME.test(group)) continue;
      for (const name of await readdir(join(home.files, group))) if (!referenced.files.has(name)) await remove(join(home.files, group, name));
    }
    return removed;
  };

  return { put, pathOf, materialize, sweep };
}

/** To `path`, hashed on the way, on disk when it resolves. */
async function write(path: string, source: string | Uint8Array): Promise<StoredFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o400);
  try {
    for await (const block of typeof source === 'string' ? createReadStream(source, { highWaterMark: 1 << 20 }) : [source]) {
      hash.update(block as Uint8Array);
      await writeAll(file, block as Uint8Array);
      bytes += (block as Uint8Array).length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function writeAll(file: FileHandle, block: Uint8Array): Promise<void> {
  for (let at = 0; at < block.length;) at += (await file.write(block, at)).bytesWritten;
}

/** Makes a rename survive a power cut. Windows has no such call and refuses to open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
