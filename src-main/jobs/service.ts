import * as v from 'valibot';
import { CalibrantError } from '../contract/errors.ts';
import { FromRunnerSchema, SERVICE_CALLS, type ServiceCall, type ServiceInput, type ServiceOutput } from '../contract/jobs.ts';
import type { RunnerProcess, SpawnRunner } from '../contract/runner.ts';
import { exitError } from './exit.ts';

/** A question that has brought the process down this often within the window is not asked again. */
const CRASHES_ALLOWED = 3;
const CRASH_WINDOW_MS = 60_000;

export interface ServiceOptions {
  /** The process leaves after so long without a question. */
  idleMs: number;
  /** Longest time for one answer; then the process counts as hung and is ended. */
  timeoutMs: number;
}

export interface Service {
  /** Starts the process when there is none. Rejects with the runner's error, `runner-crashed`, `runner-hung`, `job-interrupted`. */
  ask<K extends ServiceCall>(call: K, input: ServiceInput<K>): Promise<ServiceOutput<K>>;
  /** Ends the process; open questions are rejected. */
  close(): void;
}

interface Question {
  key: string;
  call: ServiceCall;
  timer: NodeJS.Timeout;
  resolve(value: unknown): void;
  reject(error: CalibrantError): void;
}

/** One process on demand that answers single questions about models and images, so that no native code runs in the host. */
export function createService(spawn: SpawnRunner, options: ServiceOptions): Service {
  let runner: RunnerProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;
  const open = new Map<number, Question>();
  const crashes = new Map<string, number[]>();

  const take = (id: number): Question | undefined => {
    const question = open.get(id);
    if (!question) return undefined;
    clearTimeout(question.timer);
    open.delete(id);
    if (open.size === 0) idle = setTimeout(() => stop(), options.idleMs).unref();
    return question;
  };
  const rejectAll = (error: CalibrantError): void => {
    for (const id of [...open.keys()]) take(id)?.reject(error);
  };
  const stop = (): void => {
    clearTimeout(idle);
    const leaving = runner;
    runner = undefined;
    leaving?.kill();
  };

  const start = (): RunnerProcess => {
    const started = spawn();
    started.onMessage((raw) => {
      if (runner !== started) return;
      const parsed = v.safeParse(FromRunnerSchema, raw);
      if (!parsed.success) {
        stop();
        return rejectAll(unreadable('message'));
      }
      const message = parsed.output;
      if (message.type === 'refused') take(message.id)?.reject(CalibrantError.from(message.error));
      if (message.type === 'failed') {
        stop();
        rejectAll(CalibrantError.from(message.error));
      }
      if (message.type === 'answer') {
        const question = take(message.id);
        if (!question) return;
        const value = v.safeParse(SERVICE_CALLS[question.call].output, message.value);
        if (value.success) question.resolve(value.output);
        else question.reject(unreadable(question.call));
      }
    });
    started.onExit((exit) => {
      if (runner !== started) return;
      runner = undefined;
      for (const question of open.values()) crashes.set(question.key, [...recent(question.key), Date.now()]);
      rejectAll(exitError(exit));
    });
    started.send({ type: 'start', job: { kind: 'service' } });
    return started;
  };
  const recent = (key: string): number[] => (crashes.get(key) ?? []).filter((at) => Date.now() - at < CRASH_WINDOW_MS);

  return {
    ask: <K extends ServiceCall>(call: K, input: ServiceInput<K>) =>
      new Promise<ServiceOutput<K>>((resolve, reject) => {
        const key = `${call} ${JSON.stringify(input)}`;
        if (recent(key).length >= CRASHES_ALLOWED) {
          reject(
            new CalibrantError(
              'runner-crashed',
              `The same question (${call}) has crashed its process ${CRASHES_ALLOWED} times within a minute and is not asked again for now; wait a minute, or use another file.`,
              { call },
            ),
          );
          return;
        }
        clearTimeout(idle);
        runner ??= start();
        const id = ++lastId;
        const timer = setTimeout(() => {
          stop();
          rejectAll(
            new CalibrantError(
              'runner-hung',
              `No answer about the file (${call}) came within ${options.timeoutMs / 1000} s, so the process was ended; try again.`,
              { call },
            ),
          );
        }, options.timeoutMs);
        open.set(id, { key, call, timer, resolve: (value) => resolve(value as ServiceOutput<K>), reject });
        runner.send({ type: 'ask', id, call, input });
      }),
    close: () => {
      stop();
      rejectAll(new CalibrantError('job-interrupted', 'Calibrant was closed before the answer came.'));
      clearTimeout(idle);
    },
  };
}

function unreadable(what: string): CalibrantError {
  return new CalibrantError('internal', `The process that reads files answered with something that Calibrant cannot read (${what}); please report it.`);
}
