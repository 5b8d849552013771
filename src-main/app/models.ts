import { basename, dirname, join } from 'node:path';
import type { ModelRecord } from '../contract/projects.ts';
import type { Context } from './context.ts';

/** Inspects a model, names it after its file unless told otherwise, and makes a copy of it the project's model: the original may move, a project may not break. */
export async function addModel(
  { store, service }: Context,
  projectId: string,
  path: string,
  name = basename(path).replace(/\.onnx$/i, ''),
): Promise<ModelRecord> {
  store.projects.get(projectId);
  const report = await service.ask('inspect', { model: path });
  const names = [basename(path), ...report.file.external.map((file) => file.name)];
  const files = [];
  for (const file of names) {
    const { sha256 } = await store.files.put(join(dirname(path), file));
    files.push({ name: file, sha256 });
  }
  return store.models.add({ projectId, name, sourcePath: path, report, files });
}

/** A path under which runners can open a stored model, its external data beside it under their own names. */
export async function modelPath({ store }: Context, modelId: string): Promise<string> {
  const files = store.models.files(modelId);
  const folder = await store.files.materialize(modelId, files);
  return join(folder, files[0]?.name ?? '');
}
