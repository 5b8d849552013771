import * as v from 'valibot';
import { CalibrantError } from '../contract/errors.ts';
import { FromRunnerSchema, JOB_RESULTS, type FromRunner, type JobResult, type JobSpec, type Progress } from '../contract/jobs.ts';
import type { SpawnRunner } from '../contract/runner.ts';
import { exitError } from './exit.ts';

/** How long a cancelled runner may take to stop between two batches. */
const CANCEL_GRACE_MS = 500;
/** How long a runner may take to leave after it has answered. */
const LEAVE_GRACE_MS = 2000;

export type FinishingKind = keyof typeof JOB_RESULTS;
type Specs = { [S in JobSpec as S['kind']]: S };
export type SpecOf<K extends FinishingKind> = Specs[K] & { kind: K };

export interface JobHooks {
  onProgress(progress: Progress): void;
  onLog(level: 'info' | 'warn', message: string): void;
  signal: AbortSignal;
}

/**
 * One job in one process, from its start to its result. Rejects with the runner's own error, or with `job-cancelled` (within a second of the
 * signal), `job-interrupted`, `runner-crashed`, `runner-out-of-memory`, `runner-hung`. The process is gone, or about to be, when it settles.
 * @param hangMs silence after which the runner counts as hung: it owes a heartbeat every second, but opening a session of gigabytes blocks it for long.
 */
export function superviseJob<K extends FinishingKind>(spawn: SpawnRunner, spec: SpecOf<K>, hooks: JobHooks, hangMs = 120_000): Promise<JobResult<K>> {
  if (hooks.signal.aborted) return Promise.reject(cancelled());
  return new Promise((resolve, reject) => {
    const runner = spawn();
    const timers = new Set<NodeJS.Timeout>();
    const after = (ms: number, action: () => void): NodeJS.Timeout => {
      const timer = setTimeout(action, ms);
      timers.add(timer);
      return timer;
    };
    let settled = false;
    const settle = (action: () => void): void => {
      if (settled) return;
      settled = true;
      for (const timer of timers) clearTimeout(timer);
      hooks.signal.removeEventListener('abort', cancel);
      action();
    };
    const killWith = (error: CalibrantError): void =>
      settle(() => {
        runner.kill();
        reject(error);
      });
    const leaveWith = (action: () => void): void =>
      settle(() => {
        const lingering = setTimeout(() => runner.kill(), LEAVE_GRACE_MS);
        runner.onExit(() => clearTimeout(lingering));
        action();
      });

    const cancel = (): void => {
      runner.send({ type: 'cancel' });
      after(CANCEL_GRACE_MS, () => killWith(cancelled()));
    };
    hooks.signal.addEventListener('abort', cancel, { once: true });

    const watch = after(hangMs, () =>
      killWith(
        new CalibrantError(
          'runner-hung',
          `The job's process gave no sign of life for ${hangMs / 1000} s and was ended; start it again, and report it with the model's name if it happens twice.`,
        ),
      ),
    );

    runner.onMessage((raw) => {
      if (settled) return;
      const message = v.safeParse(FromRunnerSchema, raw);
      if (!message.success) return killWith(malformed(message.issues));
      watch.refresh();
      receive(message.output);
    });
    const receive = (message: FromRunner): void => {
      // Whatever arrives after the button was pressed: the user has been promised a cancelled job.
      const over = hooks.signal.aborted;
      if (message.type === 'done') {
        if (over) return leaveWith(() => reject(cancelled()));
        const result = v.safeParse(JOB_RESULTS[spec.kind], message.result);
        if (!result.success) return killWith(malformed(result.issues));
        return leaveWith(() => resolve(result.output as JobResult<K>));
      }
      if (message.type === 'failed') return leaveWith(() => reject(over ? cancelled() : CalibrantError.from(message.error)));
      if (over) return;
      if (message.type === 'progress') hooks.onProgress(message.progress);
      if (message.type === 'log') hooks.onLog(message.level, message.message);
    };
    runner.onExit((exit) => settle(() => reject(hooks.signal.aborted ? cancelled() : exitError(exit))));
    runner.send({ type: 'start', job: spec });
  });
}

function cancelled(): CalibrantError {
  return new CalibrantError('job-cancelled', 'The job was cancelled; nothing half-done was kept.');
}

function malformed(issues: readonly v.BaseIssue<unknown>[]): CalibrantError {
  const where = issues[0] ? `${v.getDotPath(issues[0]) ?? 'message'}: ${issues[0].message}` : '';
  return new CalibrantError('internal', "The job's process answered with something that Calibrant cannot read; please report it with the details.", { where });
}
