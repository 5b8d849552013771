import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import { throwIfCancelled } from './feed.ts';
import { doubtfulIn, removeUnused } from './weight-files.ts';

const TEMPORARY = /^\.(.*)\.(\d+)\.calibrant-part$/;

/**
 * Fails before the work instead of after it: the folder must exist and take a file of this name. What a killed process left of this very output is swept
 * away. Throws `output-not-writable` and `disk-full`.
 * @param sources files that the output must not overwrite
 */
export async function checkOutput(path: string, sources: readonly string[]): Promise<void> {
  const target = await stat(path).catch(() => null);
  if (target?.isDirectory()) throw new CalibrantError('output-not-writable', `${path} is a folder; give the name of a file in it.`);
  if (target) {
    const real = await realpath(path);
    for (const source of sources) {
      if ((await realpath(source).catch(() => null)) === real) {
        throw new CalibrantError('output-not-writable', `The output would overwrite the model that it is made of (${path}); choose another name.`);
      }
    }
  }
  try {
    await sweep(resolve(path));
    const probe = temporaryOf(path);
    await (await open(probe, 'w')).close();
    await rm(probe);
  } catch (cause) {
    throw toOutputError(cause, path);
  }
}

/**
 * Writes a whole file or nothing: a temporary file beside it, flushed to the disk, checked by `verify`, then renamed over it. Nothing is left when any of
 * that fails. Throws `output-not-writable`, `disk-full` and whatever `verify` throws.
 */
export async function writeWhole(path: string, bytes: Uint8Array, verify: (temporary: string) => Promise<void> = async () => {}): Promise<void> {
  const temporary = temporaryOf(path);
  try {
    await writeSynced(temporary, [bytes]);
    await verify(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(temporary));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cause instanceof CalibrantError ? cause : toOutputError(cause, path);
  }
}

/** Writes pieces one after the other, and flushes them to the disk. Throws the file system's error, and `job-cancelled` between two pieces. */
export async function writeSynced(path: string, pieces: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const piece of pieces) {
      if (signal) throwIfCancelled(signal);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A file or folder in the same folder, since a rename between file systems is a copy. */
export function temporaryOf(path: string): string {
  const at = resolve(path);
  return join(dirname(at), `.${basename(at)}.${process.pid}.calibrant-part`);
}

/** What killed processes left of this output: temporary files and folders, and weight files whose model was not there yet, or no longer. */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    const [, owner, pid] = TEMPORARY.exec(name) ?? [];
    // This process has written nothing yet: what bears its number is of an earlier one (in containers numbers come again).
    if (owner !== basename(path) || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await removeUnused(path, await doubtfulIn(join(folder, name)));
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** So that the rename survives a power cut; not every file system can, and Windows cannot open a folder. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

export function toOutputError(cause: unknown, path: string): CalibrantError {
  const { code = '', message = '' } = cause as NodeJS.ErrnoException;
  const details = { path, system: code };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new CalibrantError('disk-full', `There is no room for ${path}; free some space or write to another disk.`, details, cause);
  }
  const reasons: Record<string, string> = {
    EACCES: 'you have no permission',
    EPERM: 'you have no permission',
    EROFS: 'the disk is read-only',
    ENOENT: 'its folder does not exist',
    ENOTDIR: 'its folder is a file',
    ENAMETOOLONG: 'the name is too long',
  };
  return new CalibrantError('output-not-writable', `${path} cannot be written: ${reasons[code] ?? message}; choose another place.`, details, cause);
}
