import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';

const TEMPORARY = /^\.(.*)\.(\d+)\.calibrant-part$/;

/**
 * Fails before the work instead of after it: the folder must exist and take a file of this name. What a killed process left of this very output is swept
 * away. Throws `output-not-writable` and `disk-full`.
 * @param sources files that the output must not overwrite
 */
export async function checkOutput(path: string, sources: readonly string[]): Promise<void> {
  const folder = dirname(resolve(path));
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
    await sweep(folder, basename(path));
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
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await verify(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(temporary));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cause instanceof CalibrantError ? cause : toOutputError(cause, path);
  }
}

/** In the same folder, since a rename between file systems is a copy. */
function temporaryOf(path: string): string {
  const at = resolve(path);
  return join(dirname(at), `.${basename(at)}.${process.pid}.calibrant-part`);
}

async function sweep(folder: string, name: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const [, owner, pid] = TEMPORARY.exec(file) ?? [];
    if (owner === name && !isAlive(Number(pid))) await rm(join(folder, file), { force: true });
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
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function toOutputError(cause: unknown, path: string): CalibrantError {
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
