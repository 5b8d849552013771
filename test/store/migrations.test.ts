import Database from 'better-sqlite3';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NO_CRITERIA } from '../../src-main/contract/criteria.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { toJson } from '../../src-main/store/columns.ts';
import { openDatabase } from '../../src-main/store/database.ts';
import { openHome } from '../../src-main/store/home.ts';
import { MIGRATIONS, type Migration } from '../../src-main/store/migrations/index.ts';
import { openStore } from '../../src-main/store/store.ts';
import { dataset, modelReport, runResult } from '../fixtures/records.ts';
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

test('0002: a database of the first version keeps every row, with what can be told of its runs', async () => {
  const folder = temporaryFolder();
  const home = await openHome(folder);
  (await openDatabase(home, {}, MIGRATIONS.slice(0, 1))).close();
  home.release(true);
  const tables = ['project', 'model', 'model_file', 'dataset', 'recipe', 'run', 'job', 'job_log', 'result'];
  const raw = new Database(join(folder, 'calibrant.db'));
  fillFirstVersion(raw);
  const read = (database: Database.Database, table: string): unknown[] => database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3`).all();
  const before = new Map(tables.map((table) => [table, read(raw, table)]));
  raw.close();

  const store = await openStore(folder);
  const [labelled, unlabelled, failed] = store.runs.list('p').toReversed();
  expect(labelled).toMatchObject({
    headline: { metric: 'top-1', unit: '%', higher: true, value: 90, float: 91 },
    worstClass: null,
    tags: [],
    note: '',
    from: null,
    jobId: 'job a',
  });
  expect(unlabelled).toMatchObject({ headline: { metric: 'agreement', value: 97, float: null } });
  expect(failed).toMatchObject({ state: 'failed', headline: null, error: { code: 'disk-full' } });
  expect(store.projects.list()).toMatchObject([{ runs: 3, best: { id: 'a' } }]);
  expect(store.projects.get('p')).toMatchObject({ criteria: NO_CRITERIA, baselineId: null });
  expect(store.results.ofRun('a')).toEqual(runResult);
  expect(store.jobs.logOf('job a')).toMatchObject([{ message: 'one' }, { message: 'two' }]);
  store.close();

  const after = new Database(join(folder, 'calibrant.db'));
  for (const [table, rows] of before) expect(read(after, table), table).toMatchObject(rows);
  expect([...before].map(([table, rows]) => [table, rows.length])).not.toContainEqual([expect.anything(), 0]);
  expect(after.pragma('foreign_key_check')).toEqual([]);
  after.pragma('foreign_keys = ON');
  expect(() => after.prepare("INSERT INTO job_log VALUES ('nobody', '', 'info', '')").run()).toThrow(/FOREIGN KEY/);
  after.prepare("UPDATE job SET kind = 'doctor' WHERE id = 'job c'").run();
  after.prepare("DELETE FROM run WHERE id = 'a'").run();
  expect(read(after, 'result')).toEqual([]);
  expect(read(after, 'job_log')).toEqual([]);
  after.close();
});

/** Rows as the first version wrote them: a run with labels, one without, a failed one. */
function fillFirstVersion(raw: Database.Database): void {
  const insert = (table: string, row: Record<string, unknown>): void => {
    const names = Object.keys(row);
    raw.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`).run(...Object.values(row));
  };
  const at = '2026-01-01T00:00:00.000Z';
  raw.pragma('foreign_keys = ON');
  insert('project', { id: 'p', name: 'old', is_sample: 0, created_at: at, changed_at: at });
  insert('model', { id: 'm', project_id: 'p', name: 'net', source_path: '/net.onnx', added_at: at, report_json: toJson(modelReport) });
  insert('model_file', { model_id: 'm', position: 0, name: 'net.onnx', sha256: 'a'.repeat(64) });
  const { classes, problems, preprocess, preprocessOrigin, ...data } = dataset;
  insert('dataset', {
    ...{ ...data, id: 'd', project_id: 'p', added_at: at, index_sha256: 'b'.repeat(64), preprocess_origin: preprocessOrigin },
    ...{ classes_json: toJson(classes), problems_json: toJson(problems), preprocess_json: toJson(preprocess) },
  });
  insert('recipe', { project_id: 'p', recipe_json: toJson(DEFAULT_RECIPE), saved_at: at });
  const numbers = { images: 200, float_bytes: 1000, bytes: 260, float_latency_ms: 3, latency_ms: 1.5, worst_sqnr_db: 22 };
  const run = { project_id: 'p', model_id: 'm', dataset_id: 'd', created_at: at, recipe_json: toJson(DEFAULT_RECIPE) };
  insert('run', { id: 'a', name: 'labelled', ...run, ...numbers, float_top1: 91, top1: 90, agreement: 96 });
  insert('run', { id: 'b', name: 'unlabelled', ...run, ...numbers, agreement: 97 });
  insert('run', { id: 'c', name: 'failed', ...run });
  for (const id of ['a', 'b', 'c']) {
    const ended = { project_id: 'p', run_id: id, kind: 'run', title: id, spec_json: toJson({}), created_at: at, started_at: at, finished_at: at };
    const failure = id === 'c' ? { state: 'failed', error_json: toJson({ code: 'disk-full', message: 'full' }) } : { state: 'done' };
    insert('job', { id: `job ${id}`, ...ended, ...failure });
  }
  for (const message of ['one', 'two']) insert('job_log', { job_id: 'job a', at, level: 'info', message });
  for (const kind of ['quantize', 'evaluate', 'diagnose'] as const)
    insert('result', { id: kind, project_id: 'p', run_id: 'a', job_id: 'job a', kind, created_at: at, value_json: toJson(runResult[kind]) });
}

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
