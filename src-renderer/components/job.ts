import type { JobSnapshot, Progress, Stage } from '../../src-main/contract/jobs.ts';
import { clock, number } from './format.ts';

/** What a stage does, as a present participle: it follows the job's title. */
export const STAGE_WORDS: Record<Stage, string> = {
  load: 'loading',
  statistics: 'collecting statistics',
  parameters: 'computing parameters',
  emit: 'writing the model',
  verify: 'verifying',
  evaluate: 'measuring accuracy',
  speed: 'measuring speed',
  diagnose: 'comparing layers',
  sensitivity: 'measuring single layers',
  trials: 'trying other preprocessings',
  doctor: 'looking at the calibration images',
};

export const STATE_WORDS: Record<JobSnapshot['state'], string> = {
  queued: 'queued',
  running: 'running',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
};

/** Share of the current stage, 0…1; null while its total is not known. */
export function stageShare(progress: Progress): number | null {
  return progress.total > 0 ? Math.min(1, progress.done / progress.total) : null;
}

/** Position of the current stage, from 1, and how many there are. */
export function stagePosition(progress: Progress): { at: number; of: number } {
  return { at: Math.max(0, progress.stages.indexOf(progress.stage)) + 1, of: progress.stages.length };
}

/** "24.1 images/s" or "" before it can be told. */
export function rateText(progress: Progress): string {
  return progress.rate === null ? '' : `${number(progress.rate)}\u00a0images/s`;
}

/** "0:12 left" or "" before it can be told. */
export function timeLeftText(progress: Progress): string {
  return progress.secondsLeft === null ? '' : `${clock(progress.secondsLeft)} left`;
}
