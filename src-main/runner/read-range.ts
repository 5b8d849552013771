import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';

/** One read takes at most 2^31 - 1 bytes. */
const AT_ONCE = 1 << 30;

/**
 * Bytes of a file from `offset` on, fewer where it ends before. Synchronous, as the reader of models is.
 * Throws the file system's error, and `runner-out-of-memory`.
 */
export function readRange(path: string, offset: number, length: number): Uint8Array {
  const bytes = allocate(length, basename(path));
  const file = openSync(path, 'r');
  try {
    let done = 0;
    while (done < length) {
      const count = readSync(file, bytes, done, Math.min(AT_ONCE, length - done), offset + done);
      if (count === 0) return bytes.subarray(0, done);
      done += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function allocate(length: number, name: string): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    const message = `${name} has ${(length / 1e9).toFixed(1)} GB to read at once, and there is no memory for them; close other programs, or use a machine with more.`;
    throw new CalibrantError('runner-out-of-memory', message, { bytes: length }, cause);
  }
}
