import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { onTestFinished } from 'vitest';
import { FromRunnerSchema, JOB_RESULTS, type FromRunner, type JobResult, type JobSpec, type Progress, type ServiceCall, type ServiceInput, type ServiceOutput, type ToRunner } from '../../src-main/contract/jobs.ts'; // prettier-ignore
import type { ErrorData } from '../../src-main/contract/errors.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';

const ENTRY = resolve(import.meta.dirname, '../../src-main/runner/main.ts');

/** The bundled sample: ten machine parts, 400 images, float MobileNet-like classifier. */
export const SAMPLE = {
  model: resolve(import.meta.dirname, '../../resources/sample/model.onnx'),
  data: resolve(import.meta.dirname, '../../resources/sample/images'),
};

/** Where the runner may use one processor only, everything in it runs on one thread. */
export const ONE_PROCESSOR = ['taskset', '-c', '0'];
export const canPin = ((): boolean => {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return availableParallelism() > 1;
  } catch {
    return false;
  }
})();

export const recipe = (fields: Partial<Recipe> = {}): Recipe => ({ ...DEFAULT_RECIPE, ...fields });

/** The real runner in a process of its own, as every host starts it. It is killed when the test ends. */
export class RunnerUnderTest {
  readonly process: ChildProcess;
  readonly messages: FromRunner[] = [];
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
  private readonly waiting = new Set<() => void>();

  /** @param launcher a command that starts Node, as `taskset -c 0` does */
  constructor(launcher: readonly string[] = []) {
    const [execPath = process.execPath, ...execArgv] = launcher.length > 0 ? [...launcher, process.execPath] : [];
    this.process = fork(ENTRY, [], { serialization: 'advanced', execPath, execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.exit = new Promise((done) => this.process.on('exit', (code, signal) => done({ code, signal })));
    this.process.on('message', (raw) => {
      this.messages.push(v.parse(FromRunnerSchema, raw));
      for (const wake of this.waiting) wake();
    });
    void this.exit.then(() => this.waiting.forEach((wake) => wake()));
    onTestFinished(() => void this.process.kill('SIGKILL'));
  }

  send(message: ToRunner): void {
    this.process.send(message);
  }

  /** The first message, sent or yet to come, that is like this one. Rejects when the process ends without it. */
  async message<T extends FromRunner>(isIt: (message: FromRunner) => message is T): Promise<T> {
    for (;;) {
      const found = this.messages.find(isIt);
      if (found) return found;
      if (this.process.exitCode !== null || this.process.signalCode !== null)
        throw new Error(`The runner ended: ${this.process.exitCode ?? this.process.signalCode}`);
      await new Promise<void>((wake) => {
        this.waiting.add(wake);
        setTimeout(wake, 1000);
      });
    }
  }

  progress(stage: Progress['stage']): Promise<unknown> {
    return this.message((message): message is Extract<FromRunner, { type: 'progress' }> => message.type === 'progress' && message.progress.stage === stage);
  }

  ended(): Promise<Extract<FromRunner, { type: 'done' | 'failed' }>> {
    return this.message((message): message is Extract<FromRunner, { type: 'done' | 'failed' }> => message.type === 'done' || message.type === 'failed');
  }

  async ask<K extends ServiceCall>(id: number, call: K, input: ServiceInput<K>): Promise<ServiceOutput<K>> {
    this.send({ type: 'ask', id, call, input });
    const reply = await this.message(
      (message): message is Extract<FromRunner, { type: 'answer' | 'refused' }> =>
        (message.type === 'answer' || message.type === 'refused') && message.id === id,
    );
    if (reply.type === 'refused') throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
    return reply.value as ServiceOutput<K>;
  }
}

type Finishing = keyof typeof JOB_RESULTS;
type Specs = { [S in JobSpec as S['kind']]: S };

/** One job to its end. Rejects with its coded error. */
export async function runJob<S extends Specs[Finishing]>(
  spec: S,
  launcher: readonly string[] = [],
): Promise<{ result: JobResult<S['kind']>; messages: FromRunner[] }> {
  const runner = new RunnerUnderTest(launcher);
  runner.send({ type: 'start', job: spec });
  const end = await runner.ended();
  if (end.type === 'failed') throw Object.assign(new Error(end.error.message), { code: end.error.code, details: end.error.details });
  return { result: v.parse(JOB_RESULTS[spec.kind], end.result) as JobResult<S['kind']>, messages: runner.messages };
}

/** The coded error of a job that must fail. */
export async function failureOf(spec: Specs[Finishing]): Promise<ErrorData> {
  const runner = new RunnerUnderTest();
  runner.send({ type: 'start', job: spec });
  const end = await runner.ended();
  if (end.type === 'done') throw new Error('The job should have failed, and was done');
  return end.error;
}
