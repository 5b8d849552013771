import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src-main/store/store.ts';
import { canMount, smallDisk } from '../store/home-folder.ts';
import { seed } from '../store/seeded.ts';

test.skipIf(!canMount)('a disk that fills up: a coded error, the failure can still be recorded, nothing is lost', async () => {
  const { folder } = smallDisk(24);
  const store = await openStore(folder);
  const { project, start, finish } = await seed(store);
  const finished = await finish(start('finished'));
  const { job } = start('too much');
  store.jobs.claim(store.home.instanceId);
  expect(existsSync(store.home.reserve)).toBe(true);
  fill(folder);

  await expect(store.files.put(randomBytes(1 << 20))).rejects.toMatchObject({ code: 'disk-full' });
  expect(readdirSync(join(store.home.files, 'tmp'))).toEqual([]);
  const writeUntilFull = (): void => {
    for (let i = 0; i < 20_000; i++) store.jobs.log(job.id, 'info', 'x'.repeat(2000));
  };
  expect(writeUntilFull).toThrow(expect.objectContaining({ code: 'disk-full' }) as Error);
  expect(existsSync(store.home.reserve)).toBe(false);
  expect(store.jobs.finish(job.id, 'failed', { code: 'disk-full', message: 'full' }).state).toBe('failed');
  store.close();

  // Still as good as full: the start goes on without a reserve.
  const again = await openStore(folder);
  expect(again.runs.list(project.id).map(({ id, state }) => [id === finished.id, state])).toEqual([
    [false, 'failed'],
    [true, 'done'],
  ]);
  again.close();
});

test.skipIf(!canMount)('a disk that is full from the start', async () => {
  const { folder } = smallDisk(1);
  fill(folder);
  await expect(openStore(join(folder, 'home'))).rejects.toMatchObject({ code: 'disk-full' });
});

function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize));
}
