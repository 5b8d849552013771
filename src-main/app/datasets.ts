import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as v from 'valibot';
import { DataIndexSchema, type DataIndex, type DataSpec } from '../contract/data.ts';
import type { Preprocess } from '../contract/preprocess.ts';
import type { DatasetRecord, ModelRecord } from '../contract/projects.ts';
import type { Seed } from '../contract/recipe.ts';
import { guessPreprocess } from '../core/data/image-input.ts';
import type { Context } from './context.ts';

/** When nothing is known of the model: pixels as they are, in 0…1. Shown as a guess. */
const PLAIN: Preprocess = { color: 'RGB', layout: 'NCHW', scale: 1 / 255, mean: [0], std: [1], type: 'float32', labelOffset: 0 };

const indexes = new WeakMap<Context, Map<string, DataIndex>>();

function guessFor(model: ModelRecord | null): Preprocess {
  const input = model?.report.inputs[0];
  return (input && guessPreprocess(input)) ?? PLAIN;
}

/** Reads a data folder and makes it the project's. The images stay where they are; the list of them is kept. */
export async function addDataset({ store, service }: Context, projectId: string, path: string, name = basename(path)): Promise<DatasetRecord> {
  store.projects.get(projectId);
  const index = await service.ask('indexData', { path });
  const { sha256: indexSha256 } = await store.files.put(new TextEncoder().encode(JSON.stringify(index)));
  return store.datasets.add({
    projectId,
    name,
    path,
    kind: index.kind,
    items: index.items.length,
    labelled: index.items.filter((item) => item.label !== null).length,
    classes: index.classes,
    sha256: index.sha256,
    problems: index.problems,
    preprocess: index.preprocess ?? guessFor(store.models.current(projectId)),
    preprocessOrigin: index.preprocess ? 'file' : 'guessed',
    task: index.task ?? null,
    taskOrigin: index.task ? 'file' : 'none',
    indexSha256,
  });
}

/** The project's data; a guessed preprocessing follows the project's model. */
export function currentDataset({ store }: Context, projectId: string): DatasetRecord | null {
  const dataset = store.datasets.current(projectId);
  if (dataset?.preprocessOrigin !== 'guessed') return dataset;
  return { ...dataset, preprocess: guessFor(store.models.current(projectId)) };
}

/** The items of a data set as they were read when it was added. */
export async function indexOf(context: Context, datasetId: string): Promise<DataIndex> {
  const sha256 = context.store.datasets.index(datasetId);
  const known = indexes.get(context) ?? new Map<string, DataIndex>();
  indexes.set(context, known);
  const cached = known.get(sha256);
  if (cached) return cached;
  const index = v.parse(DataIndexSchema, JSON.parse(await readFile(context.store.files.pathOf(sha256), 'utf8')));
  // One project is open at a time; a few indexes are enough.
  if (known.size >= 4) known.clear();
  known.set(sha256, index);
  return index;
}

export function dataSpec(dataset: DatasetRecord, seed: Seed): DataSpec {
  return { path: dataset.path, preprocess: dataset.preprocess, seed, ...(dataset.task ? { task: dataset.task } : {}) };
}
