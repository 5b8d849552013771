import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';

const BYTES = 16 << 20;

/**
 * Space kept for the moment when the disk is full: SQLite needs some even to delete. It is given free at the first `disk-full`, so that the
 * failure itself can still be recorded, and taken again at the next start. A disk that is too full for it is no reason not to start.
 */
export async function keepReserve(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.size === BYTES) return;
  try {
    // Random, since some file systems store no zeros.
    await writeFile(path, randomBytes(BYTES), { mode: 0o600 });
  } catch {
    await rm(path, { force: true });
  }
}

export function giveReserveFree(path: string): void {
  rmSync(path, { force: true });
}
