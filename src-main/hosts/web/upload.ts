import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CalibrantError } from '../../contract/errors.ts';

/** A file name that every file system takes and that stays in its folder. */
export function safeName(name: string): string {
  const last = name.normalize('NFC').split(/[\\/]/).at(-1) ?? '';
  const clean = last.replace(/[\u0000-\u001f\u007f<>:"|?*]/g, '').replace(/^[.\s]+|[.\s]+$/g, '');
  const short = clean.slice(-120);
  return short === '' || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short) ? `file-${short || 'unnamed'}` : short;
}

/**
 * Streams a dropped file into a folder of its own inside `incoming` and returns its path. Nothing is left of a file that is too large (`host-cannot`), that
 * breaks off (`connection-lost`) or that the disk refuses (`disk-full`, `output-not-writable`).
 */
export async function receiveUpload(body: Readable, name: string, incoming: string, limit: number): Promise<string> {
  const folder = join(incoming, randomUUID());
  const path = join(folder, safeName(name));
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > limit ? tooLarge(name, limit) : null, chunk);
    },
  });
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(`${path}.part`, 'wx', 0o600);
    await pipeline(body, counted, handle.createWriteStream({ flush: true }));
    await rename(`${path}.part`, path);
    return path;
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw failureOf(thrown, safeName(name));
  }
}

export function tooLarge(name: string, limit: number): CalibrantError {
  const most = limit >= 2 ** 20 ? `${Math.round(limit / 2 ** 20)} MiB` : `${limit} bytes`;
  return new CalibrantError('host-cannot', `${safeName(name)} is larger than the ${most} that may be dropped here; choose it in its folder instead.`);
}

function failureOf(thrown: unknown, name: string): CalibrantError {
  if (thrown instanceof CalibrantError) return thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new CalibrantError('disk-full', `The disk has no room left for ${name}; make room and drop it again.`);
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') {
    return new CalibrantError('connection-lost', `The connection broke while ${name} was being copied; drop it again.`);
  }
  return new CalibrantError('output-not-writable', `${name} cannot be copied into Calibrant's data folder (${code ?? 'unknown reason'}).`, undefined, thrown);
}
