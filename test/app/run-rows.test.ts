import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NO_CRITERIA } from '../../src-main/contract/criteria.ts';
import type { AnyEvent } from '../../src-main/contract/calls.ts';
import { openStore } from '../../src-main/store/store.ts';
import { evaluateResult, runResult } from '../fixtures/records.ts';
import { realApp } from '../fixtures/real-app.ts';
import { seed } from '../store/seeded.ts';

test('every row says which of the project’s criteria it meets, and says so anew when they change', async () => {
  const home = await mkdtemp(join(tmpdir(), 'calibrant rows ä-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const store = await openStore(home);
  const { project, start, finish } = await seed(store);
  const headline = { metric: 'top-1', unit: '%', higher: true, value: 90.5, float: 91 } as const;
  const done = await finish(start('done'), { ...runResult, evaluate: { ...evaluateResult, headline } });
  const waiting = start('waiting').run;
  store.jobs.finish(waiting.jobId ?? store.runs.get(waiting.id).jobId ?? '', 'cancelled', null);
  store.close();

  const { app, call } = await realApp(home);
  onTestFinished(() => app.close());
  const events: AnyEvent[] = [];
  app.subscribe((event) => events.push(event));
  const projectId = project.id;
  const checks = async (runId: string) => (await call('runs.list', { projectId })).find(({ id }) => id === runId)?.checks;
  expect(await checks(done.id)).toEqual([]);

  // 0.5 points lost, 260 of at most 200 bytes, 3 ms over 1.5 ms, no class of 10 images.
  await call('projects.saveCriteria', { projectId, criteria: { maxDrop: 0.5, maxClassDrop: 5, minSpeedup: 2, maxBytes: 200 } });
  expect(events.map(({ payload }) => payload)).toContainEqual({ projectId, what: 'runs' });
  expect(await checks(done.id)).toMatchObject([
    { criterion: 'maxDrop', met: true, limit: 0.5, value: 0.5 },
    { criterion: 'maxClassDrop', met: null, value: null },
    { criterion: 'minSpeedup', met: true, value: 2 },
    { criterion: 'maxBytes', met: false, value: 260 },
  ]);
  expect(await checks(waiting.id)).toEqual([]);
  expect((await call('runs.get', { runId: done.id })).row.checks).toHaveLength(4);
  expect(await call('runs.annotate', { runId: done.id, tags: [' release '] })).toMatchObject({ tags: ['release'], checks: { length: 4 } });
  expect((await call('runs.rename', { runId: done.id, name: 'renamed' })).checks).toHaveLength(4);

  await call('projects.saveCriteria', { projectId, criteria: NO_CRITERIA });
  expect(await checks(done.id)).toEqual([]);
});
