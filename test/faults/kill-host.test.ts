import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realApp } from '../fixtures/real-app.ts';
import { expectClean, expectWhole, makeSampleHome, type SampleHome } from './sample-home.ts';

const child = join(import.meta.dirname, 'children/host.ts');

let home: SampleHome;
beforeAll(async () => void (home = await makeSampleHome()));
afterAll(() => home.remove());

/** Starts a host that starts a run, and kills it `afterMs` behind the news of `stage`. Returns the id of the runner process it leaves behind. */
async function killHost(folder: string, stage: string, afterMs: number): Promise<number> {
  const host = spawn(process.execPath, [child, folder, home.projectId], { stdio: ['ignore', 'pipe', 'inherit'] });
  let runner = 0;
  for await (const line of createInterface(host.stdout)) {
    const [reached, pid] = line.split(' ');
    runner = Number(pid);
    if (reached !== stage) continue;
    setTimeout(() => host.kill('SIGKILL'), afterMs);
    break;
  }
  if (host.signalCode === null) await once(host, 'exit');
  expect(host.signalCode).toBe('SIGKILL');
  return runner;
}

/** Whether a process still runs; one that has ended and that nobody has asked after does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.each(['load', 'statistics', 'verify', 'evaluate', 'diagnose'])('kill -9 of the host while its job is in "%s"', async (stage) => {
  const folder = home.copy();
  const runner = await killHost(folder, stage, 0);
  await expect.poll(() => isRunning(runner), { timeout: 5000, interval: 20 }).toBe(false);
  // A torn file that an earlier kill may have left, beside what this one has.
  writeFileSync(join(folder, 'files/tmp/half-written'), 'half');

  const real = await realApp(folder);
  const [last, first, ...others] = await real.call('runs.list', { projectId: home.projectId });
  expect(others).toEqual([]);
  expect(last).toMatchObject({ state: 'interrupted', error: { code: 'job-interrupted', message: expect.stringMatching(/start it again/) as string } });
  expect(first?.id).toBe(home.runId);
  await expectWhole(real, home.runId);
  expect(readdirSync(join(folder, 'work'))).toEqual([]);
  await real.app.close();
  await expectClean(folder, 1);
});

test.each([0, 25, 60])('kill -9 of the host %d ms after its runner was done: all of the run or nothing', async (afterMs) => {
  const folder = home.copy();
  await killHost(folder, 'done', afterMs);
  const real = await realApp(folder);
  const [last] = await real.call('runs.list', { projectId: home.projectId });
  expect(['done', 'interrupted']).toContain(last?.state);
  if (last?.state === 'done') await expectWhole(real, last.id);
  else expect((await real.call('runs.get', { runId: last?.id ?? '' })).result).toBeNull();
  await expectWhole(real, home.runId);
  await real.app.close();
  await expectClean(folder, last?.state === 'done' ? 2 : 1);
});
