import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STAGES, type JobSnapshot, type Stage } from '../../src-main/contract/jobs.ts';
import type { SpawnRunner } from '../../src-main/contract/runner.ts';
import { forkRunner } from '../../src-main/jobs/fork.ts';
import { createQueue } from '../../src-main/jobs/queue.ts';
import { superviseJob } from '../../src-main/jobs/supervise.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { openStore, type Store } from '../../src-main/store/store.ts';
import { temporaryFolder } from '../store/home-folder.ts';
import { seed } from '../store/seeded.ts';

const fork = forkRunner(join(import.meta.dirname, '..', 'jobs', 'runners', 'stages.ts'));

test.each([...STAGES])('kill -9 of the runner while it is in "%s": interrupted, the next job runs, nothing half-written stays', async (stage) => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  const { project, start } = await seed(store);
  const ended: JobSnapshot[] = [];
  const { queue, victim } = killingQueue(store, stage);
  const both = new Promise<void>((resolve) => queue.subscribe((job) => job.finishedAt !== null && ended.push(job) === 2 && resolve()));
  const [killed, spared] = [start('killed'), start('spared')];
  victim.id = killed.job.id;
  queue.added(killed.job.id);
  queue.added(spared.job.id);
  await both;

  expect(ended.map(({ id, state }) => [id, state])).toEqual([
    [killed.job.id, 'interrupted'],
    [spared.job.id, 'done'],
  ]);
  expect(ended[0]?.error).toMatchObject({ code: 'job-interrupted', message: expect.stringContaining('killed from outside') as string });
  expect(store.runs.get(killed.run.id)).toMatchObject({ state: 'interrupted', top1: null, modelSha256: null });
  expect(store.results.ofRun(killed.run.id)).toBeNull();
  await queue.close();
  store.close();

  const again = await openStore(folder);
  expect(readdirSync(again.home.work)).toEqual([]);
  const files = readdirSync(again.home.files).flatMap((group) => readdirSync(join(again.home.files, group)));
  // The model and the index of the data that the project was made with, and the two files of the spared run.
  expect(files).toHaveLength(4);
  const model = again.runs.files(spared.run.id).model ?? '';
  expect(readFileSync(again.files.pathOf(model), 'utf8')).toContain('the whole model');
  expect(again.runs.list(project.id).map(({ state }) => state)).toEqual(['done', 'interrupted']);
  again.close();
});

/** A queue whose victim's process is killed as soon as it reports `stage`. */
function killingQueue(store: Store, stage: Stage): { queue: ReturnType<typeof createQueue>; victim: { id: string } } {
  const victim = { id: '' };
  const queue = createQueue({
    records: store.jobs,
    owner: store.home.instanceId,
    run: async (job, hooks) => {
      let pid = 0;
      const spawn: SpawnRunner = () => {
        const runner = fork();
        pid = runner.pid ?? 0;
        return runner;
      };
      const folder = join(store.home.work, job.id);
      mkdirSync(folder);
      const paths = { output: join(folder, 'int8.onnx'), statistics: join(folder, 'statistics.json') };
      const result = await superviseJob(
        spawn,
        { kind: 'run', model: '/m', data: { path: '/d', seed: 0 }, recipe: DEFAULT_RECIPE, ...paths },
        {
          ...hooks,
          onProgress: (progress) => {
            hooks.onProgress(progress);
            if (job.id === victim.id && progress.stage === stage && progress.done === 2) process.kill(pid, 'SIGKILL');
          },
        },
      );
      const [model, statistics] = [await store.files.put(paths.output), await store.files.put(paths.statistics)];
      store.runs.finish(job.runId ?? '', job.id, { result, files: { model: model.sha256, statistics: statistics.sha256 } });
    },
  });
  return { queue, victim };
}
