import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STAGES } from '../../src-main/contract/jobs.ts';
import { realApp, type RealApp } from '../fixtures/real-app.ts';
import { DISTURBED } from './recipe.ts';
import { expectClean, expectWhole, makeSampleHome, type SampleHome } from './sample-home.ts';

/** The others are of jobs of their own. */
const STAGES_OF_A_RUN = STAGES.filter((stage) => stage !== 'trials' && stage !== 'doctor');

let home: SampleHome;
let real: RealApp;
beforeAll(async () => {
  home = await makeSampleHome();
  real = await realApp(home.folder);
});
afterAll(() => home.remove());

const leftovers = (): string[] => ['work', 'files/tmp'].flatMap((name) => readdirSync(join(home.folder, name)));

test.each(STAGES_OF_A_RUN)('kill -9 of the runner in "%s": interrupted, the application answers, nothing half-written', async (stage) => {
  let killed = 0;
  real.onStage = (reached, pid) => {
    if (reached === stage && killed === 0) process.kill((killed = pid), 'SIGKILL');
  };
  const { run, job } = await real.call('runs.start', { projectId: home.projectId, recipe: DISTURBED });
  expect(await real.ended(job.id)).toMatchObject({
    state: 'interrupted',
    error: { code: 'job-interrupted', message: expect.stringMatching(/killed from outside.*start it again/) as string },
  });
  expect(killed).toBeGreaterThan(0);
  expect(await real.call('runs.get', { runId: run.id })).toMatchObject({ row: { state: 'interrupted', modelSha256: null, top1: null }, result: null });
  expect(leftovers()).toEqual([]);
  await expectWhole(real, home.runId);
});

test('the same run then goes through, and after a restart only what belongs to finished runs is there', async () => {
  real.onStage = () => undefined;
  const { job } = await real.call('runs.start', { projectId: home.projectId, recipe: DISTURBED });
  expect(await real.ended(job.id)).toMatchObject({ state: 'done' });
  const states = (await real.call('runs.list', { projectId: home.projectId })).map(({ state }) => state);
  await real.app.close();
  expect(states.toSorted()).toEqual(['done', 'done', ...STAGES_OF_A_RUN.map(() => 'interrupted')]);
  await expectClean(home.folder, 2);
});

test('kill -9 of the process that answers questions: it is started again for the next', async () => {
  const again = await realApp(home.folder);
  try {
    const { dataset } = await again.call('projects.get', { projectId: home.projectId });
    const ask = (index: number): Promise<unknown> => again.call('datasets.thumbnail', { datasetId: dataset?.id ?? '', index, size: 64 });
    await ask(0);
    const pid = again.pids.at(-1) ?? 0;
    process.kill(pid, 'SIGKILL');
    const outcomes = await Promise.allSettled([ask(1), ask(2)]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'job-interrupted' });
    }
    await ask(3);
    expect(again.pids.at(-1)).not.toBe(pid);
  } finally {
    await again.app.close();
  }
});
