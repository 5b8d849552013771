import type { JobKind, JobSpec, Progress, Stage } from '../contract/jobs.ts';
import { createProgress, type JobContext } from './progress.ts';
import { diagnose, DIAGNOSE_STAGES } from './stages/diagnose.ts';
import { doctor, DOCTOR_STAGES } from './stages/doctor.ts';
import { evaluate, EVALUATE_STAGES, stagesOf } from './stages/evaluate.ts';
import { quantize, QUANTIZE_STAGES } from './stages/quantize.ts';
import { run, RUN_STAGES } from './stages/run.ts';

export type FinishingJob = Exclude<JobSpec, { kind: 'service' }>;

export interface JobLine extends Omit<JobContext, 'progress'> {
  report(progress: Progress): void;
}

const STAGES: Record<Exclude<JobKind, 'service'>, readonly Stage[]> = {
  quantize: QUANTIZE_STAGES,
  evaluate: EVALUATE_STAGES,
  diagnose: DIAGNOSE_STAGES,
  run: RUN_STAGES,
  doctor: DOCTOR_STAGES,
};

/** Does one job. The result has the shape of `JOB_RESULTS[job.kind]`; the sender checks it. */
export async function runJob(job: FinishingJob, { report, ...line }: JobLine): Promise<unknown> {
  const context: JobContext = { ...line, progress: createProgress(job.kind === 'evaluate' ? stagesOf(job) : [...STAGES[job.kind]], report) };
  switch (job.kind) {
    case 'quantize':
      return (await quantize(job, context)).result;
    case 'evaluate':
      return evaluate(job, context);
    case 'diagnose':
      return diagnose(job, context);
    case 'run':
      return run(job, context);
    case 'doctor':
      return doctor(job, context);
  }
}
