import { join } from 'node:path';
import type { Gate, ModelRecord, Project, DatasetRecord } from '../contract/projects.ts';
import type { Provenance } from '../contract/results.ts';
import type { Context } from './context.ts';
import { addDataset, currentDataset } from './datasets.ts';
import { judgeGate } from './gate.ts';
import { addModel } from './models.ts';

const UNCHECKED: Gate = {
  state: 'unchecked',
  message: 'The float model has not been tried on this data yet: check it before you quantize, so that a wrong preprocessing shows now.',
  causes: [],
  evaluation: null,
  error: null,
};

/** Everything of a project that its screens share. */
export function projectOf(context: Context, projectId: string): Project {
  const { store } = context;
  const { id, name, createdAt, isSample, criteria, baselineId, statedAccuracy } = store.projects.get(projectId);
  const model = store.models.current(id);
  const dataset = currentDataset(context, id);
  return {
    id,
    name,
    createdAt,
    isSample,
    criteria,
    baselineId,
    statedAccuracy,
    model,
    dataset,
    recipe: store.recipes.current(id),
    gate: gateOf(context, id, model, dataset, statedAccuracy),
    runs: store.runs.list(id).length,
  };
}

function isOf(provenance: Provenance, model: ModelRecord | null, dataset: DatasetRecord | null): boolean {
  return (
    provenance.modelSha256 === model?.report.file.sha256 &&
    provenance.dataSha256 === dataset?.sha256 &&
    JSON.stringify(provenance.preprocess) === JSON.stringify(dataset.preprocess) &&
    JSON.stringify(provenance.task ?? null) === JSON.stringify(dataset.task ?? null)
  );
}

/** The last check counts only as long as model, data, preprocessing and task are still the ones it was made with. */
function gateOf({ store, queue }: Context, projectId: string, model: ModelRecord | null, dataset: DatasetRecord | null, stated: number | null): Gate {
  const job = store.jobs.ofProject(projectId, 'evaluate');
  const live = job && queue.snapshot().find(({ id }) => id === job.id);
  if (live?.state === 'queued' || live?.state === 'running') return { ...UNCHECKED, state: 'checking', message: 'The float model is running on the data.' };
  const last = store.results.gate(projectId);
  if (last && job?.id === last.jobId) return isOf(last.evaluation.provenance, model, dataset) ? judgeGate(last.evaluation, stated) : UNCHECKED;
  if (job?.error) return { ...UNCHECKED, state: 'failed', message: job.error.message, error: job.error };
  return last && isOf(last.evaluation.provenance, model, dataset) ? judgeGate(last.evaluation, stated) : UNCHECKED;
}

/** The bundled sample as a project, made once: model and data come with the application. */
export async function openSample(context: Context): Promise<Project> {
  const { store, options } = context;
  const existing = store.projects.sample();
  if (existing) return projectOf(context, existing.id);
  const { id } = store.projects.create('Sample: machine parts', true);
  try {
    await addModel(context, id, join(options.resources, 'sample', 'model.onnx'), 'machine-parts');
    await addDataset(context, id, join(options.resources, 'sample', 'images'), 'machine parts');
  } catch (thrown) {
    // Half a sample would be found again as the sample.
    store.projects.remove(id);
    throw thrown;
  }
  return projectOf(context, id);
}
