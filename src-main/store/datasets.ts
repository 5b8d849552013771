import * as v from 'valibot';
import type { Preprocess } from '../contract/preprocess.ts';
import { TaskSchema, type Task } from '../contract/task.ts';
import { DatasetRecordSchema, type DatasetRecord } from '../contract/projects.ts';
import { jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { newId } from './id.ts';
import { touchProject } from './touch.ts';

const { classes, problems, preprocess } = DatasetRecordSchema.entries;
const NullableTask = v.nullable(jsonColumn(TaskSchema));
const RecordSchema = v.object({
  ...DatasetRecordSchema.entries,
  classes: jsonColumn(classes),
  problems: jsonColumn(problems),
  preprocess: jsonColumn(preprocess),
  task: NullableTask,
});

const COLUMNS = `id, project_id AS projectId, name, path, added_at AS addedAt, kind, items, labelled, classes_json AS classes, sha256,
  problems_json AS problems, preprocess_json AS preprocess, preprocess_origin AS preprocessOrigin, task_json AS task, task_origin AS taskOrigin`;

export interface Datasets {
  /** The project's data from now on. `indexSha256` is the stored file with the index of all its items. */
  add(dataset: Omit<DatasetRecord, 'id' | 'addedAt'> & { indexSha256: string }): DatasetRecord;
  get(id: string): DatasetRecord;
  /** The newest one of the project. */
  current(projectId: string): DatasetRecord | null;
  /** SHA-256 of the stored index. */
  index(id: string): string;
  /** The task becomes `saved`; null: it is told from labels and outputs again. */
  saveTask(id: string, task: Task | null): DatasetRecord;
  /** The preprocessing becomes `saved`. */
  savePreprocess(id: string, preprocess: Preprocess): DatasetRecord;
}

export function datasetsIn(connection: Connection): Datasets {
  const get = (id: string): DatasetRecord => connection.need('data set', RecordSchema, `SELECT ${COLUMNS} FROM dataset WHERE id = ?`, id);
  return {
    get,
    add: (dataset) =>
      connection.transaction(() => {
        const id = newId();
        connection.run(
          `INSERT INTO dataset (id, project_id, name, path, added_at, kind, items, labelled, classes_json, sha256, problems_json,
             preprocess_json, preprocess_origin, index_sha256, task_json, task_origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          id,
          dataset.projectId,
          dataset.name,
          dataset.path,
          now(),
          dataset.kind,
          dataset.items,
          dataset.labelled,
          toJson(dataset.classes),
          dataset.sha256,
          toJson(dataset.problems),
          toJson(dataset.preprocess),
          dataset.preprocessOrigin,
          dataset.indexSha256,
          dataset.task ? toJson(dataset.task) : null,
          dataset.taskOrigin ?? 'none',
        );
        touchProject(connection, dataset.projectId);
        return get(id);
      }),
    current: (projectId) => connection.one('data set', RecordSchema, `SELECT ${COLUMNS} FROM dataset WHERE project_id = ? ORDER BY id DESC LIMIT 1`, projectId),
    index: (id) => connection.need('data set', v.object({ sha256: v.string() }), 'SELECT index_sha256 AS sha256 FROM dataset WHERE id = ?', id).sha256,
    saveTask: (id, task) =>
      connection.transaction(() => {
        connection.run('UPDATE dataset SET task_json = ?, task_origin = ? WHERE id = ?', task && toJson(task), task ? 'saved' : 'none', id);
        const saved = get(id);
        touchProject(connection, saved.projectId);
        return saved;
      }),
    savePreprocess: (id, preprocess) =>
      connection.transaction(() => {
        connection.run("UPDATE dataset SET preprocess_json = ?, preprocess_origin = 'saved' WHERE id = ?", toJson(preprocess), id);
        const saved = get(id);
        touchProject(connection, saved.projectId);
        return saved;
      }),
  };
}
