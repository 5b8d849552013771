import * as v from 'valibot';
import { ModelRecordSchema, type ModelRecord } from '../contract/projects.ts';
import { jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { newId } from './id.ts';
import { touchProject } from './touch.ts';

/** A stored file under the name that the model knows it by; the first one is the .onnx file, the others its external data. */
export const NamedFileSchema = v.object({ name: v.string(), sha256: v.string() });
export type NamedFile = v.InferOutput<typeof NamedFileSchema>;

const RecordSchema = v.object({ ...ModelRecordSchema.entries, report: jsonColumn(ModelRecordSchema.entries.report) });

const COLUMNS = 'id, project_id AS projectId, name, source_path AS sourcePath, added_at AS addedAt, report_json AS report';

export interface Models {
  /** The project's model from now on. The files must be in the store already. */
  add(model: Omit<ModelRecord, 'id' | 'addedAt'> & { files: NamedFile[] }): ModelRecord;
  get(id: string): ModelRecord;
  /** The newest one of the project. */
  current(projectId: string): ModelRecord | null;
  files(id: string): NamedFile[];
}

export function modelsIn(connection: Connection): Models {
  const get = (id: string): ModelRecord => connection.need('model', RecordSchema, `SELECT ${COLUMNS} FROM model WHERE id = ?`, id);
  return {
    get,
    add: ({ projectId, name, sourcePath, report, files }) =>
      connection.transaction(() => {
        const id = newId();
        connection.run(
          'INSERT INTO model (id, project_id, name, source_path, added_at, report_json) VALUES (?, ?, ?, ?, ?, ?)',
          id,
          projectId,
          name,
          sourcePath,
          now(),
          toJson(report),
        );
        files.forEach((file, position) =>
          connection.run('INSERT INTO model_file (model_id, position, name, sha256) VALUES (?, ?, ?, ?)', id, position, file.name, file.sha256),
        );
        touchProject(connection, projectId);
        return get(id);
      }),
    current: (projectId) => connection.one('model', RecordSchema, `SELECT ${COLUMNS} FROM model WHERE project_id = ? ORDER BY id DESC LIMIT 1`, projectId),
    files: (id) => connection.all('model file', NamedFileSchema, 'SELECT name, sha256 FROM model_file WHERE model_id = ? ORDER BY position', id),
  };
}
