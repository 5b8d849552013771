import Database from 'better-sqlite3';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src-main/store/database.ts';
import { openHome } from '../../src-main/store/home.ts';
import { MIGRATIONS, type Migration } from '../../src-main/store/migrations/index.ts';
import { openStore } from '../../src-main/store/store.ts';
import { temporaryFolder } from './home-folder.ts';
import { seed } from './seeded.ts';

/** Steps that do not exist yet: what an update will meet. */
const nextStep: Migration = { version: MIGRATIONS.length + 1, sql: "ALTER TABLE project ADD COLUMN note TEXT NOT NULL DEFAULT 'none'" };

test('versions count up by one', () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
});

test('0001: strict tables, references that hold, states from a closed list', async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  const { project, model, start, finish } = await seed(store);
  await finish(start('run'));
  store.close();
  const raw = new Database(join(folder, 'calibrant.db'));
  raw.pragma('foreign_keys = ON');
  expect(raw.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  expect(raw.prepare("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'").all()).toEqual([]);
  expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(() => raw.prepare("UPDATE job SET state = 'lost'").run()).toThrow(/CHECK/);
  expect(() => raw.prepare("UPDATE job SET state = 'running'").run()).toThrow(/CHECK/);
  expect(() => raw.prepare("UPDATE run SET images = 'many'").run()).toThrow(/cannot store TEXT/);
  expect(() => raw.prepare('DELETE FROM model WHERE id = ?').run(model.id)).toThrow(/FOREIGN KEY/);
  expect(() => raw.prepare('INSERT INTO result SELECT id || 1, project_id, run_id, job_id, kind, created_at, value_json FROM result').run()).toThrow(/UNIQUE/);
  raw.prepare('DELETE FROM project WHERE id = ?').run(project.id);
  for (const table of ['model', 'model_file', 'dataset', 'run', 'job', 'result'])
    expect(raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
  raw.close();
});

test('a pending step comes after a checked backup, and keeps the data', async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  store.projects.create('kept');
  store.close();

  const home = await openHome(folder);
  (await openDatabase(home, {}, [...MIGRATIONS, nextStep])).close();
  home.release(true);
  const raw = new Database(join(folder, 'calibrant.db'), { readonly: true });
  expect(raw.prepare('SELECT name, note FROM project').all()).toEqual([{ name: 'kept', note: 'none' }]);
  raw.close();
  const [backup, ...others] = readdirSync(home.backups);
  expect(others).toEqual([]);
  const copy = new Database(join(home.backups, backup ?? ''), { readonly: true });
  expect(copy.prepare('SELECT * FROM project').all()).toEqual([expect.not.objectContaining({ note: 'none' })]);
  copy.close();

  await expect(openStore(folder)).rejects.toMatchObject({ code: 'store-from-the-future', details: { version: nextStep.version } });
  await expect(openStore(folder)).rejects.toMatchObject({ code: 'store-from-the-future' });
  expect(readdirSync(folder)).not.toContain('damaged');
});

test('a step that fails changes nothing and sets nothing aside', async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  store.projects.create('kept');
  store.close();
  const home = await openHome(folder);
  const broken: Migration = { version: nextStep.version + 1, sql: 'ALTER TABLE nowhere ADD COLUMN x TEXT' };
  await expect(openDatabase(home, {}, [...MIGRATIONS, nextStep, broken])).rejects.toMatchObject({ code: 'internal' });
  home.release(true);
  const again = await openStore(folder);
  expect(again.projects.list().map(({ name }) => name)).toEqual(['kept']);
  again.close();
});
