import * as v from 'valibot';
import type { ProjectCard, RunRow } from '../contract/projects.ts';
import { ProjectCardSchema } from '../contract/projects.ts';
import { CriteriaSchema, NO_CRITERIA, type Criteria } from '../contract/criteria.ts';
import { flagColumn, jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { newId } from './id.ts';
import { bestRuns } from './runs.ts';

const ProjectRecordSchema = v.object({
  id: v.string(),
  name: v.string(),
  createdAt: v.string(),
  changedAt: v.string(),
  isSample: flagColumn,
  criteria: v.pipe(
    v.nullable(jsonColumn(CriteriaSchema)),
    v.transform((criteria) => criteria ?? NO_CRITERIA),
  ),
  baselineId: v.nullable(v.string()),
  statedAccuracy: v.nullable(v.number()),
});
export type ProjectRecord = v.InferOutput<typeof ProjectRecordSchema>;

const CardSchema = v.object({ ...v.omit(ProjectCardSchema, ['best']).entries, isSample: flagColumn });

const IdSchema = v.object({ id: v.string() });

const COLUMNS = 'id, name, created_at AS createdAt, changed_at AS changedAt, is_sample AS isSample';
const SETTINGS = 'criteria_json AS criteria, baseline_id AS baselineId, stated_accuracy AS statedAccuracy';

export interface Projects {
  create(name: string, isSample?: boolean): ProjectRecord;
  /** Not of those in the trash. Throws `not-found`. */
  get(id: string): ProjectRecord;
  /** The newest sample project that is not in the trash. */
  sample(): ProjectRecord | null;
  /** Last changed first, without those in the trash. */
  list(): ProjectCard[];
  rename(id: string, name: string): ProjectRecord;
  saveCriteria(id: string, criteria: Criteria): void;
  /** null: the float model is the baseline. Throws `not-found` for a run that is not one of the project's. */
  pinBaseline(id: string, runId: string | null): void;
  /** Accuracy that the float model should have, percent. */
  stateAccuracy(id: string, accuracy: number | null): void;
  /** Into the trash. */
  remove(id: string): void;
  restore(id: string): void;
}

export function projectsIn(connection: Connection): Projects {
  const get = (id: string): ProjectRecord =>
    connection.need('project', ProjectRecordSchema, `SELECT ${COLUMNS}, ${SETTINGS} FROM project WHERE id = ? AND removed_at IS NULL`, id);
  const set = (id: string, column: string, value: string | number | null): void => {
    get(id);
    connection.run(`UPDATE project SET ${column} = ?, changed_at = ? WHERE id = ?`, value, now(), id);
  };
  return {
    get,
    create: (name, isSample = false) => {
      const id = newId();
      const at = now();
      connection.run('INSERT INTO project (id, name, is_sample, created_at, changed_at) VALUES (?, ?, ?, ?, ?)', id, name, isSample ? 1 : 0, at, at);
      return get(id);
    },
    sample: () =>
      connection.one(
        'project',
        ProjectRecordSchema,
        `SELECT ${COLUMNS}, ${SETTINGS} FROM project WHERE is_sample = 1 AND removed_at IS NULL ORDER BY id DESC LIMIT 1`,
      ),
    list: () => {
      const best = new Map<string, RunRow>(bestRuns(connection).map((run) => [run.projectId, run]));
      const cards = connection.all(
        'project',
        CardSchema,
        `SELECT ${COLUMNS},
           (SELECT name FROM model WHERE project_id = project.id ORDER BY id DESC LIMIT 1) AS modelName,
           (SELECT name FROM dataset WHERE project_id = project.id ORDER BY id DESC LIMIT 1) AS datasetName,
           (SELECT count(*) FROM run WHERE project_id = project.id AND removed_at IS NULL) AS runs
         FROM project WHERE removed_at IS NULL ORDER BY changed_at DESC, id DESC`,
      );
      return cards.map((card) => ({ ...card, best: best.get(card.id) ?? null }));
    },
    rename: (id, name) => {
      get(id);
      connection.run('UPDATE project SET name = ?, changed_at = ? WHERE id = ?', name, now(), id);
      return get(id);
    },
    saveCriteria: (id, criteria) => set(id, 'criteria_json', toJson(criteria)),
    pinBaseline: (id, runId) => {
      if (runId !== null) connection.need('run', IdSchema, 'SELECT id FROM run WHERE id = ? AND project_id = ? AND removed_at IS NULL', runId, id);
      set(id, 'baseline_id', runId);
    },
    stateAccuracy: (id, accuracy) => set(id, 'stated_accuracy', accuracy),
    remove: (id) => {
      get(id);
      connection.run('UPDATE project SET removed_at = ? WHERE id = ?', now(), id);
    },
    restore: (id) => {
      connection.run('UPDATE project SET removed_at = NULL WHERE id = ?', id);
      get(id);
    },
  };
}
