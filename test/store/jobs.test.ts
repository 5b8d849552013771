import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Progress } from '../../src-main/contract/jobs.ts';
import { openStore } from '../../src-main/store/store.ts';
import { temporaryFolder } from './home-folder.ts';
import { seed } from './seeded.ts';

const progress: Progress = { stage: 'statistics', stages: ['load', 'statistics'], done: 3, total: 10, rate: 12.5, secondsLeft: null };

test('jobs are claimed in the order in which they came, each once', async () => {
  const store = await openStore(temporaryFolder());
  const { start } = await seed(store);
  const [a, b] = [start('a').job, start('b').job];
  expect(store.jobs.claim('me')).toMatchObject({ id: a.id, state: 'running' });
  expect(store.jobs.claim('me')).toMatchObject({ id: b.id, state: 'running' });
  expect(store.jobs.claim('me')).toBeNull();
  expect(store.jobs.list().map(({ id }) => id)).toEqual([b.id, a.id]);
  store.close();
});

test('progress and log belong to a job while it runs; an ended job stays as it ended', async () => {
  const store = await openStore(temporaryFolder());
  const { start, finish } = await seed(store);
  const started = start('a');
  store.jobs.progress(started.job.id, progress);
  expect(store.jobs.get(started.job.id).progress).toBeNull();
  store.jobs.claim('me');
  store.jobs.progress(started.job.id, progress);
  store.jobs.log(started.job.id, 'info', 'eins');
  store.jobs.log(started.job.id, 'warn', 'zwei');
  expect(store.jobs.get(started.job.id).progress).toEqual(progress);
  expect(store.jobs.logOf(started.job.id).map(({ message }) => message)).toEqual(['eins', 'zwei']);
  await finish(started);
  expect(store.jobs.finish(started.job.id, 'failed', { code: 'internal', message: 'too late' })).toMatchObject({ state: 'done', error: null });
  expect(store.runs.get(started.run.id)).toMatchObject({ state: 'done', jobId: started.job.id });
  store.close();
});

test('what another start left running is interrupted, what it left queued is not', async () => {
  const store = await openStore(temporaryFolder());
  const { start } = await seed(store);
  const [lost, mine, waiting] = [start('lost'), start('mine'), start('waiting')];
  store.jobs.claim('former');
  store.jobs.claim('me');
  expect(store.jobs.recover('me').map(({ id, state, error }) => [id, state, error?.code])).toEqual([[lost.job.id, 'interrupted', 'job-interrupted']]);
  expect(store.runs.get(lost.run.id)).toMatchObject({ state: 'interrupted', error: { code: 'job-interrupted' } });
  expect(store.jobs.get(mine.job.id).state).toBe('running');
  expect(store.jobs.get(waiting.job.id).state).toBe('queued');
  expect(store.jobs.recover('me')).toEqual([]);
  store.close();
});

test('a queued job that cannot be read fails and lets those behind it pass', async () => {
  const folder = temporaryFolder();
  const first = await openStore(folder);
  const { start } = await seed(first);
  const [bad, good] = [start('bad').job, start('good').job];
  first.close();
  const raw = new Database(join(folder, 'calibrant.db'));
  raw.prepare("UPDATE job SET progress_json = '[' WHERE id = ?").run(bad.id);
  raw.close();
  const store = await openStore(folder);
  expect(store.jobs.claim('me')?.id).toBe(good.id);
  store.close();
  const check = new Database(join(folder, 'calibrant.db'), { readonly: true });
  expect(check.prepare('SELECT state FROM job WHERE id = ?').pluck().get(bad.id)).toBe('failed');
  check.close();
});
