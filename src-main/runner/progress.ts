import type { Progress, Stage } from '../contract/jobs.ts';

/** What a stage is given beside its inputs. */
export interface JobContext {
  signal: AbortSignal;
  progress: ProgressMeter;
  /** A line for the job's log. */
  log(level: 'info' | 'warn', message: string): void;
}

export interface ProgressMeter {
  /** A stage begins; `total` counts images (or 1 for a stage without). */
  start(stage: Stage, total: number): void;
  /** One more is done. */
  step(): void;
}

const INTERVAL_MS = 250;
const ETA_AFTER_SECONDS = 3;
const ETA_AFTER_SHARE = 0.05;
/** Weight of the newest interval in the rate: follows a change within about five intervals. */
const SMOOTHING = 0.2;

/** Reports at most four times a second, and always the beginning and the end of a stage. */
export function createProgress(stages: Stage[], report: (progress: Progress) => void, now: () => number = () => performance.now()): ProgressMeter {
  let current = { stage: stages[0] ?? 'load', total: 1, done: 0 };
  let startedAt = now();
  let last = { at: startedAt, done: 0 };
  let rate: number | null = null;

  const emit = (): void => {
    const at = now();
    const fresh = current.done > last.done && at > last.at ? ((current.done - last.done) * 1000) / (at - last.at) : null;
    if (fresh !== null) rate = rate === null ? fresh : rate + SMOOTHING * (fresh - rate);
    last = { at, done: current.done };
    const elapsed = (at - startedAt) / 1000;
    const known = rate !== null && elapsed >= ETA_AFTER_SECONDS && current.done >= ETA_AFTER_SHARE * current.total;
    report({ ...current, stages, rate, secondsLeft: known ? (current.total - current.done) / (rate as number) : null });
  };
  return {
    start: (stage, total) => {
      current = { stage, total, done: 0 };
      startedAt = now();
      last = { at: startedAt, done: 0 };
      rate = null;
      emit();
    },
    step: () => {
      current.done += 1;
      if (current.done === current.total || now() - last.at >= INTERVAL_MS) emit();
    },
  };
}
