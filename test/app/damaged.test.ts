import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { createApp } from '../../src-main/app/app.ts';
import type { AnyEvent } from '../../src-main/contract/calls.ts';
import { forkRunner } from '../../src-main/jobs/fork.ts';

const open = (home: string) =>
  createApp({
    home,
    resources: resolve('resources'),
    host: 'web',
    picks: 'browser',
    paths: { check: (path) => Promise.resolve(path) },
    spawnRunner: forkRunner(resolve('src-main/runner/main.ts')),
  });

it('leaves a damaged row out, tells the window once, and tells windows that come later', async () => {
  const home = join(await mkdtemp(join(tmpdir(), 'calibrant damaged ä-')), 'home');
  const first = await open(home);
  for (const name of ['good', 'bad']) await first.dispatch('projects.create', { name });
  await first.close();

  const database = new Sqlite(join(home, 'calibrant.db'));
  database.pragma('ignore_check_constraints = 1');
  database.prepare(`UPDATE project SET is_sample = 7 WHERE name = 'bad'`).run();
  database.close();

  const app = await open(home);
  const events: AnyEvent[] = [];
  app.subscribe((event) => events.push(event));
  const list = () => app.dispatch('projects.list', {});
  expect(await list()).toMatchObject({ ok: true, value: [{ name: 'good' }] });
  await list();
  expect(events).toMatchObject([{ event: 'damaged', payload: { code: 'store-corrupt', message: expect.stringMatching(/^The project \S+ in/) as unknown } }]);
  expect(await app.dispatch('host.describe', {})).toMatchObject({ ok: true, value: { damaged: [{ code: 'store-corrupt' }] } });
  await app.close();
});
