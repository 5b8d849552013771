import { afterAll, beforeAll, expect, test } from 'vitest';
import { realApp, type RealApp } from '../fixtures/real-app.ts';
import { cancelIn } from './cancel.ts';
import { expectClean, makeSampleHome, type SampleHome } from './sample-home.ts';

let home: SampleHome;
let real: RealApp;
beforeAll(async () => {
  home = await makeSampleHome();
  real = await realApp(home.folder);
});
afterAll(() => home.remove());

// The promise is 1 s, which `npm run bench cancel` measures; machines that run tests are busy with other things.
test.each(['statistics', 'evaluate', 'diagnose'] as const)('cancel in "%s" takes less than 2 s and leaves nothing', async (stage) => {
  const { job, ms } = await cancelIn(real, home.projectId, stage);
  expect(job).toMatchObject({ state: 'cancelled', error: null });
  expect(ms).toBeLessThan(2000);
});

test('a job that waits is cancelled at once, and the one that runs goes on', async () => {
  real.onStage = () => undefined;
  const running = await real.call('runs.start', { projectId: home.projectId });
  const waiting = await real.call('runs.start', { projectId: home.projectId });
  await real.call('jobs.cancel', { jobId: waiting.job.id });
  expect(await real.ended(waiting.job.id)).toMatchObject({ state: 'cancelled', startedAt: null });
  await real.call('jobs.cancel', { jobId: running.job.id });
  expect(await real.ended(running.job.id)).toMatchObject({ state: 'cancelled' });
  await real.app.close();
  await expectClean(home.folder, 1);
});
