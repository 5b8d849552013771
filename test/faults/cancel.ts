import type { JobSnapshot, Stage } from '../../src-main/contract/jobs.ts';
import type { RealApp } from '../fixtures/real-app.ts';

/** Starts a run, presses the button when it reaches `stage`, and waits for the state that the window shows. */
export async function cancelIn(real: RealApp, projectId: string, stage: Stage): Promise<{ job: JobSnapshot; ms: number }> {
  const reached = new Promise<void>((go) => (real.onStage = (now) => now === stage && go()));
  // Statistics over many images, so that there is something to break off.
  const { job } = await real.call('runs.start', { projectId, recipe: { samples: 200 } });
  await reached;
  const pressed = performance.now();
  await real.call('jobs.cancel', { jobId: job.id });
  return { job: await real.ended(job.id), ms: performance.now() - pressed };
}
