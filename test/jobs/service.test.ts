import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SpawnRunner } from '../../src-main/contract/runner.ts';
import { forkRunner } from '../../src-main/jobs/fork.ts';
import { createService, type Service } from '../../src-main/jobs/service.ts';

const fork = forkRunner(join(import.meta.dirname, 'runners', 'service.ts'));

function service(options: Partial<Parameters<typeof createService>[1]> = {}): { service: Service; pids: (number | undefined)[] } {
  const pids: (number | undefined)[] = [];
  const spawn: SpawnRunner = () => {
    const runner = fork();
    pids.push(runner.pid);
    return runner;
  };
  const made = createService(spawn, { idleMs: 60_000, timeoutMs: 20_000, ...options });
  onTestFinished(() => made.close());
  return { service: made, pids };
}

const inspect = (of: Service, model: string): Promise<{ graphName: string }> => of.ask('inspect', { model });

test('questions share one process, which is started by the first', async () => {
  const { service: asked, pids } = service();
  expect(pids).toEqual([]);
  const answers = await Promise.all(['a', 'b', 'c'].map((model) => inspect(asked, model)));
  expect(pids).toHaveLength(1);
  expect(answers.map(({ graphName }) => graphName)).toEqual(Array(3).fill(String(pids[0])));
});

test('refusals and unreadable answers concern one question only', async () => {
  const { service: asked, pids } = service();
  const good = inspect(asked, 'good');
  await expect(inspect(asked, 'broken')).rejects.toMatchObject({ code: 'model-not-onnx' });
  await expect(inspect(asked, 'misread')).rejects.toMatchObject({ code: 'internal' });
  expect((await good).graphName).toBe(String(pids[0]));
  expect(pids).toHaveLength(1);
});

test('a crash rejects the open questions, and the next one gets a new process', async () => {
  const { service: asked, pids } = service();
  const open = [inspect(asked, 'never'), inspect(asked, 'crash')];
  for (const question of open) await expect(question).rejects.toMatchObject({ code: 'runner-crashed' });
  expect((await inspect(asked, 'good')).graphName).toBe(String(pids[1]));
  expect(pids).toHaveLength(2);
});

test('a question that crashes three times is not asked a fourth time; others are', async () => {
  const { service: asked, pids } = service();
  for (let i = 0; i < 3; i++) await expect(inspect(asked, 'crash')).rejects.toMatchObject({ code: 'runner-crashed' });
  expect(pids).toHaveLength(3);
  await expect(inspect(asked, 'crash')).rejects.toMatchObject({ code: 'runner-crashed', message: expect.stringContaining('3 times') as string });
  expect(pids).toHaveLength(3);
  await inspect(asked, 'good');
  expect(pids).toHaveLength(4);
});

test('the process leaves when nobody asks, and comes back', async () => {
  const { service: asked, pids } = service({ idleMs: 100 });
  await inspect(asked, 'a');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(() => process.kill(pids[0] ?? -1, 0)).toThrow('ESRCH');
  expect((await inspect(asked, 'b')).graphName).toBe(String(pids[1]));
});

test('an answer that never comes', async () => {
  const { service: asked, pids } = service({ timeoutMs: 800 });
  await inspect(asked, 'a');
  await expect(inspect(asked, 'never')).rejects.toMatchObject({ code: 'runner-hung' });
  expect((await inspect(asked, 'b')).graphName).toBe(String(pids[1]));
});

test('closing rejects what is open', async () => {
  const { service: asked } = service();
  const open = inspect(asked, 'never');
  asked.close();
  await expect(open).rejects.toMatchObject({ code: 'job-interrupted' });
});
