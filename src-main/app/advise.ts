import type { Advice } from '../contract/evidence.ts';
import type { RunRow } from '../contract/projects.ts';
import type { RunResult } from '../contract/results.ts';
import type { Context } from './context.ts';

/** What to do about a run, in order of expected gain, each with the effect of the newest run that was started from it. */
export function adviceFor(_context: Pick<Context, 'store'>, _row: RunRow, _result: RunResult): Advice[] {
  return [];
}
