import { forkRunner, runOnce } from '../../app/index.ts';
import type { JOB_RESULTS, JobResult } from '../../contract/jobs.ts';
import { PLACES } from '../places.ts';
import type { Terminal } from './terminal.ts';

/** One job in a runner of its own, with its progress and its remarks on the terminal, until it is done or Ctrl-C. */
export function runJob<K extends keyof typeof JOB_RESULTS>(spec: Parameters<typeof runOnce<K>>[1], terminal: Terminal): Promise<JobResult<K>> {
  return runOnce<K>(forkRunner(PLACES.runnerEntry), spec, {
    onProgress: terminal.progress,
    onLog: (_level, message) => terminal.note(message),
    signal: terminal.signal,
  });
}
