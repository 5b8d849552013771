import { expect, onTestFinished, test } from 'vitest';
import { CalibrantError } from '../../src-main/contract/errors.ts';
import type { JobSnapshot, Progress } from '../../src-main/contract/jobs.ts';
import { createQueue, type Queue, type QueueOptions } from '../../src-main/jobs/queue.ts';
import type { JobHooks } from '../../src-main/jobs/supervise.ts';
import { openStore, type Store } from '../../src-main/store/store.ts';
import { temporaryFolder } from '../store/home-folder.ts';
import { seed, type Seeded } from '../store/seeded.ts';

interface Stage {
  store: Store;
  seeded: Seeded;
  queue: Queue;
  events: JobSnapshot[];
  add(title: string): string;
  ended(id: string): Promise<JobSnapshot>;
}

async function stage(run: QueueOptions['run'], options: Partial<QueueOptions> = {}): Promise<Stage> {
  const store = await openStore(temporaryFolder());
  const seeded = await seed(store);
  const queue = createQueue({ records: store.jobs, owner: store.home.instanceId, run, ...options });
  onTestFinished(async () => {
    await queue.close();
    store.close();
  });
  const events: JobSnapshot[] = [];
  queue.subscribe((job) => events.push(job));
  return {
    store,
    seeded,
    queue,
    events,
    add: (title) => {
      const { job } = seeded.start(title);
      queue.added(job.id);
      return job.id;
    },
    ended: async (id) => {
      const over = (job: JobSnapshot): boolean => job.id === id && job.finishedAt !== null;
      return events.find(over) ?? (await new Promise((resolve) => queue.subscribe((job) => over(job) && resolve(job))));
    },
  };
}

const untilAborted = (_: JobSnapshot, { signal }: JobHooks): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new CalibrantError('job-cancelled', 'cancelled'))));

const at = (done: number): Progress => ({ stage: 'statistics', stages: ['statistics'], done, total: 1000, rate: null, secondsLeft: null });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('one after the other, each through queued, running, done', async () => {
  let together = 0;
  let most = 0;
  const { add, ended, events, store } = await stage(async () => {
    most = Math.max(most, ++together);
    await sleep(20);
    together--;
  });
  const ids = ['a', 'b', 'c'].map(add);
  for (const id of ids) await ended(id);
  expect(most).toBe(1);
  expect(ids.map((id) => events.filter((job) => job.id === id).map(({ state }) => state))).toEqual(Array(3).fill(['queued', 'running', 'done']));
  expect(store.jobs.list().map(({ title, state }) => [title, state])).toEqual([
    ['c', 'done'],
    ['b', 'done'],
    ['a', 'done'],
  ]);
});

test('a job that finishes itself together with its results is told as it finished', async () => {
  const { add, ended, store, seeded } = await stage(async (job) => {
    await seeded.finish({ run: store.runs.get(job.runId ?? ''), job });
  });
  expect((await ended(add('run'))).state).toBe('done');
  expect(store.runs.list(seeded.project.id)[0]).toMatchObject({ state: 'done', top1: 90.5 });
});

test('errors end in their own state, with the error kept', async () => {
  const errors: Record<string, unknown> = {
    interrupted: new CalibrantError('job-interrupted', 'killed from outside'),
    crashed: new CalibrantError('runner-crashed', 'crashed'),
    bug: new TypeError('x is undefined'),
  };
  const { add, ended } = await stage((job) => Promise.reject(errors[job.title] as Error));
  expect(await ended(add('interrupted'))).toMatchObject({ state: 'interrupted', error: { code: 'job-interrupted' } });
  expect(await ended(add('crashed'))).toMatchObject({ state: 'failed', error: { code: 'runner-crashed' } });
  expect(await ended(add('bug'))).toMatchObject({ state: 'failed', error: { code: 'internal' } });
});

test('cancel: queued at once, running through its signal, ended not at all', async () => {
  const { queue, add, ended, store } = await stage(untilAborted);
  const [running, queued] = [add('running'), add('queued')];
  queue.cancel(queued);
  expect(store.jobs.get(queued).state).toBe('cancelled');
  queue.cancel(running);
  expect(await ended(running)).toMatchObject({ state: 'cancelled', error: null });
  queue.cancel(running);
  expect(store.jobs.get(running).state).toBe('cancelled');
  expect(() => queue.cancel('nobody')).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
});

test('progress: four events and one write a second, the newest in the snapshot', async () => {
  let writes = 0;
  const { queue, add, events, ended, store } = await stage(async (_, { onProgress }) => {
    for (let i = 0; i < 100; i++) {
      onProgress(at(i));
      if (i === 90) expect(queue.snapshot()[0]?.progress?.done).toBe(90);
      await sleep(15);
    }
  });
  const { progress } = store.jobs;
  Object.assign(store.jobs, {
    progress: (...given: Parameters<typeof progress>) => {
      writes++;
      progress(...given);
    },
  });
  const begin = performance.now();
  await ended(add('busy'));
  const seconds = (performance.now() - begin) / 1000;
  const moving = events.filter(({ state, progress: known }) => state === 'running' && known !== null).length;
  expect(moving).toBeGreaterThan(3);
  expect(moving).toBeLessThanOrEqual(4 * seconds + 1);
  expect(writes).toBeGreaterThan(0);
  expect(writes).toBeLessThanOrEqual(seconds + 1);
});

test('a start finds what the former one left: running is interrupted, queued goes on', async () => {
  const { queue, seeded, store, ended, events } = await stage(async () => sleep(1));
  const [lost, waiting] = [seeded.start('lost').job, seeded.start('waiting').job];
  store.jobs.claim('former');
  queue.recover();
  expect(events[0]).toMatchObject({ id: lost.id, state: 'interrupted' });
  expect((await ended(waiting.id)).state).toBe('done');
});

test('closing interrupts what runs and leaves what waits', async () => {
  const { queue, add, store } = await stage(untilAborted);
  const [running, waiting] = [add('running'), add('waiting')];
  await queue.close();
  expect(store.jobs.get(running)).toMatchObject({
    state: 'interrupted',
    error: { code: 'job-interrupted', message: expect.stringContaining('closed') as string },
  });
  expect(store.jobs.get(waiting).state).toBe('queued');
});

test('when the end of a job cannot be recorded, it is shown all the same and the queue goes on', async () => {
  const { add, ended, store } = await stage(async () => sleep(1));
  const { finish } = store.jobs;
  let refusals = 0;
  Object.assign(store.jobs, {
    finish: (...given: Parameters<typeof finish>) => {
      if (refusals++ < 2) throw new CalibrantError('disk-full', 'The disk is full.');
      return finish(...given);
    },
  });
  const [first, second] = [add('first'), add('second')];
  expect(await ended(first)).toMatchObject({ state: 'failed', error: { code: 'disk-full' } });
  expect((await ended(second)).state).toBe('done');
});

test('a disk that was full once takes the failure at the second attempt', async () => {
  const { add, ended, store } = await stage(() => Promise.reject(new CalibrantError('disk-full', 'The disk is full.')));
  const { finish } = store.jobs;
  let refused = false;
  Object.assign(store.jobs, {
    finish: (...given: Parameters<typeof finish>) => {
      if (!refused) {
        refused = true;
        throw new CalibrantError('disk-full', 'The disk is full.');
      }
      return finish(...given);
    },
  });
  const id = add('job');
  expect(await ended(id)).toMatchObject({ state: 'failed', error: { code: 'disk-full' } });
  expect(store.jobs.get(id).state).toBe('failed');
});
