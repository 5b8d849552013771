import type { JobSnapshot, Stage } from '../../../src-main/contract/jobs.ts';

export type StepState = 'done' | 'current' | 'waiting' | 'stopped';

/**
 * Where each stage of a job stands. A job that ended badly stopped in the stage it last reported; one that has not begun has all before it; of a finished
 * one everything is done, whatever the last report was.
 */
export function stepsOf(job: Pick<JobSnapshot, 'state' | 'progress'>): { stage: Stage; state: StepState }[] {
  const { progress, state } = job;
  if (!progress) return [];
  const at = progress.stages.indexOf(progress.stage);
  return progress.stages.map((stage, i) => {
    if (state === 'done' || i < at) return { stage, state: 'done' };
    if (i > at || state === 'queued') return { stage, state: 'waiting' };
    return { stage, state: state === 'running' ? 'current' : 'stopped' };
  });
}

/** Seconds between start and end, or until now. null before the start. */
export function elapsed(job: Pick<JobSnapshot, 'startedAt' | 'finishedAt'>, now: number): number | null {
  if (!job.startedAt) return null;
  const end = job.finishedAt ? Date.parse(job.finishedAt) : now;
  return Math.max(0, (end - Date.parse(job.startedAt)) / 1000);
}
