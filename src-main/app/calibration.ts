import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CalibrantError } from '../contract/errors.ts';
import type { JobSnapshot, JobSpec } from '../contract/jobs.ts';
import type { DoctorRecord } from '../contract/projects.ts';
import type { Recipe } from '../contract/recipe.ts';
import { tellChanged, type Context } from './context.ts';
import { currentDataset, dataSpec } from './datasets.ts';
import { modelPath } from './models.ts';
import { inputsOf } from './work.ts';

/** Queues a look at the images that a recipe calibrates with. */
export async function startDoctor(context: Context, projectId: string, recipe: Recipe, accuracy: boolean): Promise<JobSnapshot> {
  const { store, queue } = context;
  const { model, dataset } = inputsOf(context, projectId);
  const spec: JobSpec = {
    kind: 'doctor',
    model: await modelPath(context, model.id),
    data: dataSpec(dataset, recipe.seed),
    recipe,
    accuracy,
    work: join(store.home.work, `doctor-${randomUUID()}`),
    cache: store.home.statistics,
  };
  const images = Math.min(recipe.samples, dataset.items);
  const job = store.jobs.create({ projectId, runId: null, kind: 'doctor', title: `Look at the ${images} calibration images of ${dataset.name}`, spec });
  queue.added(job.id);
  tellChanged(context, projectId);
  return job;
}

/** The last look at the project's calibration images. */
export function doctorOf(context: Context, projectId: string): DoctorRecord | null {
  const last = context.store.results.doctor(projectId);
  if (!last) return null;
  const { jobId, finishedAt, result } = last;
  return { result, finishedAt, stale: isStale(context, projectId, jobId) };
}

/** Whether another model, other data, another preprocessing or other images of them would be looked at now. */
function isStale(context: Context, projectId: string, jobId: string): boolean {
  const { store } = context;
  const spec = store.jobs.spec(jobId);
  if (spec.kind !== 'doctor') throw new CalibrantError('store-corrupt', 'A look at calibration images belongs to a job of another kind; look again.');
  const { createdAt } = store.jobs.get(jobId);
  const [model, dataset] = [store.models.current(projectId), currentDataset(context, projectId)];
  // What was added after the job was queued was not looked at.
  if (!model || !dataset || model.addedAt > createdAt || dataset.addedAt > createdAt) return true;
  const { samples, seed } = store.recipes.current(projectId);
  return samples !== spec.recipe.samples || seed !== spec.recipe.seed || !isDeepStrictEqual(spec.data.preprocess, dataset.preprocess);
}
