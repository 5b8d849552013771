import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of the test's own, with a name that is hard on careless code; gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'calibrant größe 数据 '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts();

if (!canMount) console.log('Mounting a small disk needs root on Linux: the tests of full and read-only disks are skipped.');

function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'calibrant-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A disk of that many MB, unmounted after the test. */
export function smallDisk(megabytes: number): { folder: string; makeReadOnly(): void } {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return { folder, makeReadOnly: () => void execFileSync('mount', ['-o', 'remount,ro', folder]) };
}
