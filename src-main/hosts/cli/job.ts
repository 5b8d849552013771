import { forkRunner, runOnce } from '../../app/index.ts';
import type { JOB_RESULTS, JobResult } from '../../contract/jobs.ts';
import { PLACES } from '../places.ts';
import type { Terminal } from './terminal.ts';

/**
 * One job in a runner of its own, with its progress on the terminal, until it is done or Ctrl-C.
 * @param remarks off where a summary says all of it in the end
 */
export function runJob<K extends keyof typeof JOB_RESULTS>(
  spec: Parameters<typeof runOnce<K>>[1],
  terminal: Terminal,
  { remarks = true } = {},
): Promise<JobResult<K>> {
  return runOnce<K>(forkRunner(PLACES.runnerEntry), spec, {
    onProgress: terminal.progress,
    onLog: (_level, message) => (remarks ? terminal.note(message) : undefined),
    signal: terminal.signal,
  });
}
