import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobResult, Progress } from '../../src-main/contract/jobs.ts';
import type { SpawnRunner } from '../../src-main/contract/runner.ts';
import { cleanEnvironment, forkRunner } from '../../src-main/jobs/fork.ts';
import { superviseJob } from '../../src-main/jobs/supervise.ts';
import { evaluateResult } from '../fixtures/records.ts';

const fork = forkRunner(join(import.meta.dirname, 'runners', 'job.ts'));

interface Watched {
  result: Promise<JobResult<'evaluate'>>;
  progress: Progress[];
  log: string[];
  pids: number[];
  abort: AbortController;
  /** Resolves with the first progress. */
  moving: Promise<undefined>;
}

function start(behaviour: string, hangMs?: number, spawn: SpawnRunner = fork): Watched {
  const abort = new AbortController();
  const { promise: moving, resolve: moved } = Promise.withResolvers<undefined>();
  const watched = { progress: [] as Progress[], log: [] as string[], pids: [] as number[], abort, moving };
  const noted: SpawnRunner = () => {
    const runner = spawn();
    watched.pids.push(runner.pid ?? -1);
    return runner;
  };
  const result = superviseJob(
    noted,
    { kind: 'evaluate', model: behaviour, data: { path: '/d', seed: 0 }, skipSamples: 0 },
    {
      signal: abort.signal,
      onProgress: (progress) => {
        watched.progress.push(progress);
        moved(undefined);
      },
      onLog: (_, message) => watched.log.push(message),
    },
    hangMs,
  );
  return { ...watched, result };
}

function alive(pid: number | undefined): boolean {
  try {
    process.kill(pid ?? -1, 0);
    return true;
  } catch {
    return false;
  }
}

async function goneWithin(ms: number, pid: number | undefined): Promise<boolean> {
  const end = performance.now() + ms;
  while (alive(pid) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  return !alive(pid);
}

test('progress, log and result come through in order', async () => {
  const job = start('works');
  expect(await job.result).toEqual(evaluateResult);
  expect(job.progress.map(({ done }) => done)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  expect(job.log).toEqual(['loading']);
});

test('the runner’s own error arrives as it was', async () => {
  await expect(start('fails').result).rejects.toMatchObject({ code: 'data-no-images', message: 'No images in /d.', details: { folder: '/d' } });
});

test.each([
  ['aborts', 'runner-crashed', /SIGABRT|exit code/],
  ['leaves', 'runner-crashed', /exit code 0/],
  ['sends a wrong result', 'internal', /cannot read/],
  ['sends nonsense', 'internal', /cannot read/],
])('a runner that %s: %s', async (behaviour, code, text) => {
  const job = start(behaviour);
  await expect(job.result).rejects.toMatchObject({ code, message: expect.stringMatching(text) as string });
  expect(await goneWithin(1000, job.pids[0])).toBe(true);
});

test('a runner that runs out of memory, with what it wrote to stderr kept for the report', async () => {
  await expect(start('runs out of memory').result).rejects.toMatchObject({
    code: 'runner-out-of-memory',
    details: { stderr: expect.stringContaining('heap out of memory') as string },
  });
});

test('a result that does not fit says where', async () => {
  await expect(start('sends a wrong result').result).rejects.toMatchObject({ details: { where: expect.stringContaining('top1') as string } });
});

test('a runner that hangs is ended', async () => {
  const job = start('hangs', 500);
  await expect(job.result).rejects.toMatchObject({ code: 'runner-hung' });
  expect(await goneWithin(1000, job.pids[0])).toBe(true);
});

test('a heartbeat keeps a quiet runner alive', async () => {
  const job = start('ignores cancel', 500);
  const outcome = await Promise.race([job.result.catch((error: unknown) => error), new Promise((resolve) => setTimeout(() => resolve('alive'), 1200))]);
  expect(outcome).toBe('alive');
  job.abort.abort();
  await expect(job.result).rejects.toMatchObject({ code: 'job-cancelled' });
});

test.each(['SIGKILL', 'SIGTERM'] as const)('%s from outside is an interruption, and says so', async (signal) => {
  const job = start('ignores cancel');
  await job.moving;
  process.kill(job.pids[0] ?? -1, signal);
  await expect(job.result).rejects.toMatchObject({ code: 'job-interrupted', message: expect.stringContaining('killed from outside') as string });
});

test.each(['stops when asked', 'finishes when cancelled', 'ignores cancel', 'hangs'])('cancel takes less than a second: %s', async (behaviour) => {
  const job = start(behaviour);
  if (behaviour === 'hangs') await new Promise((resolve) => setTimeout(resolve, 300));
  else await job.moving;
  const pressed = performance.now();
  job.abort.abort();
  await expect(job.result).rejects.toMatchObject({ code: 'job-cancelled' });
  expect(performance.now() - pressed).toBeLessThan(1000);
  job.abort.abort();
});

test('a job that is cancelled before it starts never gets a process', async () => {
  const abort = AbortSignal.abort();
  let spawned = 0;
  const spawn: SpawnRunner = () => {
    spawned++;
    return fork();
  };
  const hooks = { signal: abort, onProgress: () => undefined, onLog: () => undefined };
  await expect(superviseJob(spawn, { kind: 'evaluate', model: 'works', data: { path: '/d', seed: 0 }, skipSamples: 0 }, hooks)).rejects.toMatchObject({
    code: 'job-cancelled',
  });
  expect(spawned).toBe(0);
});

test('a runner that stays after its result is ended', async () => {
  const job = start('does not leave');
  await job.result;
  expect(alive(job.pids[0])).toBe(true);
  expect(await goneWithin(4000, job.pids[0])).toBe(true);
});

test('a runner whose program is not there', async () => {
  await expect(start('works', undefined, forkRunner('/nowhere/runner.js')).result).rejects.toMatchObject({
    code: 'runner-crashed',
    details: { stderr: expect.stringContaining('/nowhere/runner.js') as string },
  });
});

test('a runner inherits nothing that loads foreign code', async () => {
  expect(cleanEnvironment({ PATH: '/bin', NODE_OPTIONS: '--require x', LD_PRELOAD: 'x.so', ELECTRON_RUN_AS_NODE: '1', DYLD_INSERT_LIBRARIES: 'x' })).toEqual({
    PATH: '/bin',
  });
  process.env.LD_PRELOAD = '/nowhere/evil.so';
  try {
    const job = start('tells its environment');
    await job.result;
    const { environment, flags } = JSON.parse(job.log[0] ?? '{}') as { environment: Record<string, string>; flags: string[] };
    expect(environment).not.toHaveProperty('LD_PRELOAD');
    expect(environment.PATH).toBe(process.env.PATH);
    expect(flags).toEqual([]);
  } finally {
    delete process.env.LD_PRELOAD;
  }
});
