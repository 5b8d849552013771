import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import type { JobSnapshot, JobSpec } from '../contract/jobs.ts';
import type { RunRow } from '../contract/projects.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { SpawnRunner } from '../contract/runner.ts';
import { superviseJob, type JobHooks, type SpecOf } from '../jobs/supervise.ts';
import type { Store } from '../store/store.ts';
import { tellChanged, type Context } from './context.ts';
import { currentDataset, dataSpec } from './datasets.ts';
import { modelPath } from './models.ts';
import { fileSuffix, runName } from './names.ts';

/** The model and the data that a job needs, or the sentence that says which screen to go to. */
export function inputsOf(
  context: Context,
  projectId: string,
): { model: NonNullable<ReturnType<Store['models']['current']>>; dataset: NonNullable<ReturnType<typeof currentDataset>> } {
  context.store.projects.get(projectId);
  const model = context.store.models.current(projectId);
  if (!model) throw new CalibrantError('not-found', 'This project has no model yet: add one on the Model screen.');
  const dataset = currentDataset(context, projectId);
  if (!dataset) throw new CalibrantError('not-found', 'This project has no data yet: choose a folder on the Data screen.');
  return { model, dataset };
}

/** Queues an evaluation of the float model on the project's data: the gate. */
export async function startCheck(context: Context, projectId: string, stated?: number | null): Promise<JobSnapshot> {
  if (stated !== undefined) context.store.projects.stateAccuracy(projectId, stated);
  const { model, dataset } = inputsOf(context, projectId);
  const gate = { stated: context.store.projects.get(projectId).statedAccuracy };
  const spec: JobSpec = { kind: 'evaluate', model: await modelPath(context, model.id), data: dataSpec(dataset, 0), skipSamples: 0, gate };
  const job = context.store.jobs.create({ projectId, runId: null, kind: 'evaluate', title: `Check of float ${model.name} on ${dataset.name}`, spec });
  context.queue.added(job.id);
  tellChanged(context, projectId);
  return job;
}

/** Queues a whole run: quantize, evaluate both models, diagnose. */
export async function startRun(
  context: Context,
  projectId: string,
  recipe: Recipe,
  name?: string,
  from?: RunRow['from'],
): Promise<{ run: RunRow; job: JobSnapshot }> {
  const { store, queue } = context;
  const { model, dataset } = inputsOf(context, projectId);
  const path = await modelPath(context, model.id);
  const started = store.transaction(() => {
    store.recipes.save(projectId, recipe);
    const run = store.runs.create({
      projectId,
      modelId: model.id,
      datasetId: dataset.id,
      name: name ?? runName(recipe, model.report.quantization !== 'none'),
      recipe,
      from: from ?? null,
    });
    const folder = join(store.home.work, run.id);
    const spec: JobSpec = {
      kind: 'run',
      model: path,
      data: dataSpec(dataset, recipe.seed),
      recipe,
      output: join(folder, `${model.name}-${fileSuffix(recipe)}.onnx`),
      statistics: join(folder, 'statistics.json'),
      cache: store.home.statistics,
    };
    const job = store.jobs.create({ projectId, runId: run.id, kind: 'run', title: `${model.name}: ${run.name}`, spec });
    return { run: store.runs.get(run.id), job };
  });
  queue.added(started.job.id);
  tellChanged(context, projectId, 'runs');
  return started;
}

/** What the queue does with a claimed job: a runner process does the work, then files go in before rows. */
export function worker(store: Store, spawn: SpawnRunner): (job: JobSnapshot, hooks: JobHooks) => Promise<void> {
  return async (job, hooks) => {
    const spec = store.jobs.spec(job.id);
    if (spec.kind === 'run' && job.runId) await doRun(store, spawn, job.id, job.runId, spec, hooks);
    else if (spec.kind === 'evaluate') store.results.finishGate(job.projectId, job.id, await superviseJob<'evaluate'>(spawn, spec, hooks));
    else if (spec.kind === 'doctor') await doDoctor(store, spawn, job, spec, hooks);
    else throw new CalibrantError('internal', `The job "${job.title}" is of a kind (${spec.kind}) that no project starts; please report it.`);
  };
}

/** The window hands a model out as one file. */
function tooLarge(bytes: number): CalibrantError {
  return new CalibrantError(
    'host-cannot',
    `The quantized model takes ${(bytes / 1e9).toFixed(1)} GB and does not fit into one file; quantize it in the terminal.`,
  );
}

async function doRun(store: Store, spawn: SpawnRunner, jobId: string, runId: string, spec: SpecOf<'run'>, hooks: JobHooks): Promise<void> {
  const folder = join(store.home.work, runId);
  await mkdir(folder, { recursive: true });
  try {
    const result = await superviseJob<'run'>(spawn, spec, hooks);
    if (result.quantize.external.length > 0) throw tooLarge(result.quantize.sizeBytes.quantized);
    const [model, statistics] = [await store.files.put(spec.output), await store.files.put(spec.statistics)];
    const { channels = [], ...diagnose } = result.diagnose;
    // By channel it can be megabytes, which a list of layers need not read.
    const { sha256 } = await store.files.put(new TextEncoder().encode(JSON.stringify(channels)));
    store.runs.finish(runId, jobId, { result: { ...result, diagnose }, files: { model: model.sha256, statistics: statistics.sha256, channels: sha256 } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function doDoctor(store: Store, spawn: SpawnRunner, job: JobSnapshot, spec: SpecOf<'doctor'>, hooks: JobHooks): Promise<void> {
  await mkdir(spec.work, { recursive: true });
  try {
    store.results.finishDoctor(job.projectId, job.id, await superviseJob<'doctor'>(spawn, spec, hooks));
  } finally {
    await rm(spec.work, { recursive: true, force: true });
  }
}
