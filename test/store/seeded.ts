import type { ModelRecord, ProjectCard, RunRow } from '../../src-main/contract/projects.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import type { RunResult } from '../../src-main/contract/results.ts';
import type { JobSnapshot } from '../../src-main/contract/jobs.ts';
import type { ProjectRecord } from '../../src-main/store/projects.ts';
import type { Store } from '../../src-main/store/store.ts';
import { dataset, modelReport, runResult } from '../fixtures/records.ts';

export interface Seeded {
  project: ProjectRecord;
  model: ModelRecord;
  start(name: string): { run: RunRow; job: JobSnapshot };
  finish(started: { run: RunRow; job: JobSnapshot }, result?: RunResult): Promise<RunRow>;
}

/** A project with a model and data, ready for runs. */
export async function seed(store: Store, name = 'project'): Promise<Seeded> {
  const project = store.projects.create(name);
  const modelFile = await store.files.put(new TextEncoder().encode(`model of ${name}`));
  const index = await store.files.put(new TextEncoder().encode(`index of ${name}`));
  const model = store.models.add({
    projectId: project.id,
    name: 'net',
    sourcePath: '/models/net.onnx',
    report: modelReport,
    files: [{ name: 'net.onnx', sha256: modelFile.sha256 }],
  });
  const data = store.datasets.add({ ...dataset, projectId: project.id, indexSha256: index.sha256 });
  return {
    project,
    model,
    start: (runName) =>
      store.transaction(() => {
        const run = store.runs.create({ projectId: project.id, modelId: model.id, datasetId: data.id, name: runName, recipe: DEFAULT_RECIPE });
        const spec = {
          kind: 'run',
          model: '/m',
          data: { path: '/d', seed: 0 },
          recipe: DEFAULT_RECIPE,
          output: '/o',
          statistics: '/s',
        } as const;
        const job = store.jobs.create({ projectId: project.id, runId: run.id, kind: 'run', title: runName, spec });
        return { run: store.runs.get(run.id), job };
      }),
    finish: async ({ run, job }, result = runResult) => {
      const quantized = await store.files.put(new TextEncoder().encode(`quantized ${run.id}`));
      const statistics = await store.files.put(new TextEncoder().encode(`statistics ${run.id}`));
      const channels = await store.files.put(
        new TextEncoder().encode(JSON.stringify([{ tensor: run.id, node: '', op: '', axis: 1, sqnrDb: [], min: [], max: [] }])),
      );
      return store.runs.finish(run.id, job.id, { result, files: { model: quantized.sha256, statistics: statistics.sha256, channels: channels.sha256 } });
    },
  };
}

export function card(store: Store, id: string): ProjectCard | undefined {
  return store.projects.list().find((project) => project.id === id);
}
