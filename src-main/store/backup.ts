import type BetterSqlite from 'better-sqlite3';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import { connect } from './sqlite.ts';

const KEPT = 3;

/** A whole, checked copy of the database in `folder`, made before its schema changes; the newest three are kept. */
export async function backUp(database: BetterSqlite.Database, folder: string, version: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = `${new Date().toISOString().replaceAll(':', '-')}-version-${version}.db`;
  const temporary = join(folder, `${name}.tmp`);
  try {
    await database.backup(temporary);
    await check(temporary);
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const old = (await readdir(folder))
    .filter((entry) => entry.endsWith('.db'))
    .sort()
    .slice(0, -KEPT);
  for (const entry of old) await rm(join(folder, entry), { force: true });
  return join(folder, name);
}

async function check(path: string): Promise<void> {
  const copy = await connect(path);
  try {
    // A copy that is alone needs no log beside it.
    copy.pragma('journal_mode = DELETE');
    const verdict = String(copy.pragma('integrity_check(1)', { simple: true }));
    if (verdict !== 'ok') throw new CalibrantError('store-corrupt', verdict);
  } finally {
    copy.close();
  }
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}
