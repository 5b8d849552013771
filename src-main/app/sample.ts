import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallInput, CallName, CallOutput } from '../contract/calls.ts';
import { CalibrantError } from '../contract/errors.ts';
import type { JobSnapshot, Progress } from '../contract/jobs.ts';
import type { RunDetail } from '../contract/projects.ts';
import { DEFAULT_RECIPE } from '../contract/recipe.ts';
import type { RunResult } from '../contract/results.ts';
import type { SpawnRunner } from '../contract/runner.ts';
import { createApp } from './app.ts';
import type { App } from './types.ts';

export interface SampleOptions {
  home: string;
  resources: string;
  /** The folder that receives the model and the report, for the user to see. */
  output: string;
  spawnRunner: SpawnRunner;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface SampleOutcome {
  projectId: string;
  detail: RunDetail;
  result: RunResult;
  modelPath: string;
  reportPath: string;
}

/** A call as the window would make it. */
async function ask<K extends CallName>(app: App, name: K, input: CallInput<K>): Promise<CallOutput<K>> {
  const answer = await app.dispatch(name, input);
  if (!answer.ok) throw CalibrantError.from(answer.error);
  return answer.value as CallOutput<K>;
}

/** Resolves when the job has ended well; rejects with its error otherwise. */
function ended(app: App, { onProgress, signal }: SampleOptions): { of: (jobId: string) => Promise<void> } {
  const last = new Map<string, JobSnapshot>();
  const waiting = new Map<string, (job: JobSnapshot) => void>();
  app.subscribe((event) => {
    if (event.event !== 'job') return;
    last.set(event.payload.id, event.payload);
    if (event.payload.progress) onProgress?.(event.payload.progress);
    waiting.get(event.payload.id)?.(event.payload);
  });
  return {
    of: (jobId) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => void app.dispatch('jobs.cancel', { jobId }), { once: true });
        const look = (job: JobSnapshot): void => {
          if (job.state === 'done') resolve();
          else if (job.state === 'cancelled') reject(new CalibrantError('job-cancelled', 'The sample was cancelled; nothing half-done was kept.'));
          else if (job.error) reject(CalibrantError.from(job.error));
        };
        waiting.set(jobId, look);
        const known = last.get(jobId);
        if (known) look(known);
      }),
  };
}

/** The main job on the bundled sample, as a run of the sample project, so that the window opened afterwards shows it. */
export async function runSample(options: SampleOptions): Promise<SampleOutcome> {
  const app = await createApp({
    home: options.home,
    resources: options.resources,
    host: 'web',
    picks: 'browser',
    paths: { check: (path) => Promise.resolve(path) },
    spawnRunner: options.spawnRunner,
  });
  try {
    const jobs = ended(app, options);
    const project = await ask(app, 'projects.openSample', {});
    const check = await ask(app, 'datasets.check', { projectId: project.id });
    const { run, job } = await ask(app, 'runs.start', { projectId: project.id, recipe: DEFAULT_RECIPE });
    await jobs.of(check.id);
    await jobs.of(job.id);
    const detail = await ask(app, 'runs.get', { runId: run.id });
    if (!detail.result) throw new CalibrantError('internal', 'The sample’s run ended without results; please report it.');
    await mkdir(options.output, { recursive: true });
    const save = async (what: 'model' | 'report'): Promise<string> => {
      const file = await ask(app, 'runs.file', { runId: run.id, what });
      const path = join(options.output, file.name);
      await writeFile(path, file.bytes);
      return path;
    };
    return { projectId: project.id, detail, result: detail.result, modelPath: await save('model'), reportPath: await save('report') };
  } finally {
    await app.close();
  }
}
