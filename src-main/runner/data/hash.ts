import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Above this a file is streamed, so that memory does not depend on the size of a file. */
const WHOLE_FILE_BYTES = 4 << 20;
/** Enough to keep one core busy; jobs hash while they work. */
const AT_ONCE = 2;

export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** A large file is streamed. Throws the file system's error. */
export async function sha256OfFile(path: string, size: number): Promise<string> {
  if (size <= WHOLE_FILE_BYTES) return sha256(await readFile(path));
  const stream = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), stream);
  return stream.digest('hex');
}

/**
 * Names a data set by its content: SHA-256 over the lines "path size sha256\n" in the order given. A file that cannot be read counts as "unreadable",
 * since one bad image must not stop a job.
 */
export async function sha256OfFiles(files: readonly { name: string; path: string }[]): Promise<string> {
  const lines: string[] = new Array<string>(files.length);
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      const i = next++;
      const { name, path } = files[i] as { name: string; path: string };
      try {
        const { size } = await stat(path);
        lines[i] = `${name} ${size} ${await sha256OfFile(path, size)}\n`;
      } catch {
        lines[i] = `${name} 0 unreadable\n`;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return sha256(new TextEncoder().encode(lines.join('')));
}
