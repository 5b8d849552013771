import { CalibrantError, toErrorData, type ErrorData } from '../contract/errors.ts';
import type { JobSnapshot, JobState, Progress } from '../contract/jobs.ts';
import { throttle } from './throttle.ts';
import type { JobHooks } from './supervise.ts';

const EVENT_EVERY_MS = 250;
const WRITE_EVERY_MS = 1000;

export type EndState = Extract<JobState, 'done' | 'failed' | 'cancelled' | 'interrupted'>;

/** Where jobs are kept; the store's `jobs` fits. */
export interface JobRecords {
  /** Newest first. */
  list(): JobSnapshot[];
  /** Throws `not-found`. */
  get(id: string): JobSnapshot;
  /** The oldest queued job becomes `running` and is owned by this instance; null when there is none. */
  claim(owner: string): JobSnapshot | null;
  progress(id: string, progress: Progress): void;
  log(id: string, level: 'info' | 'warn', message: string): void;
  /** Changes nothing when the job has already ended. */
  finish(id: string, state: EndState, error: ErrorData | null): JobSnapshot;
  /** Every running job of another owner becomes `interrupted`; returns those. */
  recover(owner: string): JobSnapshot[];
}

export interface QueueOptions {
  records: JobRecords;
  /** This start of the application. */
  owner: string;
  /** Does the work. When it resolves, the job has either been finished together with its results, or is finished as `done` by the queue. */
  run(job: JobSnapshot, hooks: JobHooks): Promise<void>;
  concurrency?: number;
}

export interface Queue {
  /** After a job was recorded as queued. */
  added(id: string): void;
  /** Of a queued or running job; anything else stays as it is. */
  cancel(id: string): void;
  /** As recorded, with what is newer in memory. */
  snapshot(): JobSnapshot[];
  /** State changes at once, progress at most four times a second per job. Returns the function that ends it. */
  subscribe(listener: (job: JobSnapshot) => void): () => void;
  /** Once at start: what a former instance left running becomes `interrupted`; what it left queued goes on. */
  recover(): void;
  /** Running jobs become `interrupted`, queued ones stay queued. */
  close(): Promise<void>;
}

interface Running {
  snapshot: JobSnapshot;
  abort: AbortController;
  ended: Promise<void>;
}

export function createQueue({ records, owner, run, concurrency = 1 }: QueueOptions): Queue {
  const running = new Map<string, Running>();
  const listeners = new Set<(job: JobSnapshot) => void>();
  let closing = false;

  const tell = (job: JobSnapshot): void => {
    for (const listener of listeners) listener(job);
  };

  const pump = (): void => {
    while (!closing && running.size < concurrency) {
      const job = attempt(() => records.claim(owner));
      if (!job) return;
      const abort = new AbortController();
      const entry: Running = { snapshot: job, abort, ended: Promise.resolve() };
      running.set(job.id, entry);
      tell(job);
      entry.ended = work(entry);
    }
  };

  const work = async (entry: Running): Promise<void> => {
    const { id } = entry.snapshot;
    const emit = throttle(EVENT_EVERY_MS, () => tell(entry.snapshot));
    const write = throttle(WRITE_EVERY_MS, () => {
      const { progress } = entry.snapshot;
      if (progress) attempt(() => records.progress(id, progress));
    });
    let state: EndState = 'done';
    let error: ErrorData | null = null;
    try {
      await run(entry.snapshot, {
        signal: entry.abort.signal,
        onProgress: (progress) => {
          entry.snapshot = { ...entry.snapshot, progress };
          emit.soon();
          write.soon();
        },
        onLog: (level, message) => attempt(() => records.log(id, level, message)),
      });
    } catch (thrown) {
      error = toErrorData(thrown);
      state = endState(error, closing);
      if (state === 'cancelled') error = null;
      if (state === 'interrupted' && closing) error = closed();
    }
    emit.stop();
    write.stop();
    running.delete(id);
    tell(finish(entry.snapshot, state, error));
    pump();
  };

  /** A failure that cannot be recorded is at least shown; the next start then finds the job running and calls it interrupted. */
  const finish = (job: JobSnapshot, state: EndState, error: ErrorData | null): JobSnapshot => {
    try {
      return records.finish(job.id, state, error);
    } catch {
      try {
        // The first attempt on a full disk gives the store's reserve free; the second then succeeds.
        return records.finish(job.id, state, error);
      } catch (thrown) {
        return { ...job, state: 'failed', error: error ?? toErrorData(thrown), finishedAt: new Date().toISOString() };
      }
    }
  };

  return {
    added: (id) => {
      tell(records.get(id));
      pump();
    },
    cancel: (id) => {
      const entry = running.get(id);
      if (entry) entry.abort.abort();
      else if (records.get(id).state === 'queued') tell(finish(records.get(id), 'cancelled', null));
    },
    snapshot: () => records.list().map((job) => running.get(job.id)?.snapshot ?? job),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recover: () => {
      records.recover(owner).forEach(tell);
      pump();
    },
    close: async () => {
      closing = true;
      const entries = [...running.values()];
      for (const entry of entries) entry.abort.abort();
      await Promise.all(entries.map((entry) => entry.ended));
    },
  };
}

/** Bookkeeping that happens in timers and message handlers: a full disk must not end the host there. The next call that needs the store reports it. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function endState(error: ErrorData, closing: boolean): EndState {
  if (error.code === 'job-interrupted') return 'interrupted';
  if (error.code === 'job-cancelled') return closing ? 'interrupted' : 'cancelled';
  return 'failed';
}

function closed(): ErrorData {
  return toErrorData(new CalibrantError('job-interrupted', 'Calibrant was closed while this was running; start it again.'));
}
