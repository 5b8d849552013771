import * as v from 'valibot';
import { ErrorDataSchema } from '../contract/errors.ts';
import { RunRowSchema, type RunRow } from '../contract/projects.ts';
import { RecipeSchema, type Recipe } from '../contract/recipe.ts';
import type { RunResult } from '../contract/results.ts';
import { jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { newId } from './id.ts';
import { endJob } from './jobs.ts';
import { touchProject } from './touch.ts';
import { insertResult } from './results.ts';
import { headlineOf, runNumbers, scoreOf } from './run-numbers.ts';

const { headline, worstClass, tags, from, checks } = RunRowSchema.entries;
const ColumnsSchema = v.object({
  ...RunRowSchema.entries,
  recipe: jsonColumn(RecipeSchema),
  error: v.nullable(jsonColumn(ErrorDataSchema)),
  headline: v.nullable(jsonColumn(headline)),
  worstClass: v.nullable(jsonColumn(worstClass)),
  tags: v.pipe(
    v.nullable(jsonColumn(tags)),
    v.transform((list) => list ?? []),
  ),
  from: v.nullable(jsonColumn(from)),
  /** Checked by whoever knows the project's criteria. */
  checks: v.optional(checks, []),
});
const RowSchema = v.pipe(
  ColumnsSchema,
  v.transform((row): RunRow => ({ ...row, headline: row.headline ?? headlineOf(row) })),
);

/** The state and the error of a run are those of its job; they are written in one place only. */
const ROWS = `SELECT run.id, run.project_id AS projectId, run.name, run.created_at AS createdAt, job.id AS jobId,
    coalesce(job.state, 'queued') AS state, job.error_json AS error, run.recipe_json AS recipe, model.name AS modelName, dataset.name AS datasetName,
    run.images, run.float_top1 AS floatTop1, run.top1, run.agreement, run.float_bytes AS floatBytes, run.bytes,
    run.float_latency_ms AS floatLatencyMs, run.latency_ms AS latencyMs, run.model_sha256 AS modelSha256, run.worst_sqnr_db AS worstSqnrDb,
    run.headline_json AS headline, run.worst_class_json AS worstClass, run.tags_json AS tags, run.note, run.from_json AS "from", run.score
  FROM run JOIN model ON model.id = run.model_id JOIN dataset ON dataset.id = run.dataset_id LEFT JOIN job ON job.run_id = run.id
  WHERE run.removed_at IS NULL`;

const RunFilesSchema = v.object({ model: v.nullable(v.string()), statistics: v.nullable(v.string()), channels: v.nullable(v.string()) });
const RunInputsSchema = v.object({ modelId: v.string(), datasetId: v.string() });

export interface Runs {
  /** Its job is recorded with `jobs.create`, best in the same transaction. */
  create(run: { projectId: string; modelId: string; datasetId: string; name: string; recipe: Recipe; from?: RunRow['from'] }): RunRow;
  /** Newest first, without those in the trash. */
  list(projectId: string): RunRow[];
  get(id: string): RunRow;
  /** The model and the data set that it was started on. */
  inputs(id: string): v.InferOutput<typeof RunInputsSchema>;
  rename(id: string, name: string): RunRow;
  /** What is undefined stays as it is. */
  annotate(id: string, change: { tags?: string[] | undefined; note?: string | undefined }): RunRow;
  /** Into the trash. */
  remove(id: string): void;
  restore(id: string): RunRow;
  /** Results, numbers and the job's `done` in one transaction. The files (by SHA-256) must be in the store already. */
  finish(id: string, jobId: string, outcome: { result: RunResult; files: { model: string; statistics: string; channels: string } }): RunRow;
  /** SHA-256 of the quantized model and of the statistics; null until it is done. */
  files(id: string): v.InferOutput<typeof RunFilesSchema>;
}

export function runsIn(connection: Connection): Runs {
  const get = (id: string): RunRow => connection.need('run', RowSchema, `${ROWS} AND run.id = ?`, id);
  const change = (id: string, sql: string, ...values: (string | null)[]): RunRow =>
    connection.transaction(() => {
      connection.run(sql, ...values, id);
      const row = get(id);
      touchProject(connection, row.projectId);
      return row;
    });
  return {
    get,
    create: ({ projectId, modelId, datasetId, name, recipe, from = null }) =>
      connection.transaction(() => {
        const id = newId();
        connection.run(
          'INSERT INTO run (id, project_id, model_id, dataset_id, name, created_at, recipe_json, from_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          id,
          projectId,
          modelId,
          datasetId,
          name,
          now(),
          toJson(recipe),
          from && toJson(from),
        );
        touchProject(connection, projectId);
        return get(id);
      }),
    list: (projectId) => connection.all('run', RowSchema, `${ROWS} AND run.project_id = ? ORDER BY run.id DESC`, projectId),
    inputs: (id) => connection.need('run', RunInputsSchema, 'SELECT model_id AS modelId, dataset_id AS datasetId FROM run WHERE id = ?', id),
    annotate: (id, { tags, note }) =>
      change(id, 'UPDATE run SET tags_json = coalesce(?, tags_json), note = coalesce(?, note) WHERE id = ?', tags ? toJson(tags) : null, note ?? null),
    rename: (id, name) => change(id, 'UPDATE run SET name = ? WHERE id = ?', name),
    remove: (id) => {
      const { projectId } = get(id);
      connection.transaction(() => {
        connection.run('UPDATE run SET removed_at = ? WHERE id = ?', now(), id);
        touchProject(connection, projectId);
      });
    },
    restore: (id) => change(id, 'UPDATE run SET removed_at = NULL WHERE id = ?'),
    finish: (id, jobId, { result, files }) =>
      connection.transaction(() => {
        const { projectId } = get(id);
        const numbers = runNumbers(result);
        connection.run(
          `UPDATE run SET images = ?, float_top1 = ?, top1 = ?, agreement = ?, float_bytes = ?, bytes = ?, float_latency_ms = ?, latency_ms = ?,
             model_sha256 = ?, statistics_sha256 = ?, channels_sha256 = ?, worst_sqnr_db = ?, headline_json = ?, worst_class_json = ?, score = ? WHERE id = ?`,
          numbers.images,
          numbers.floatTop1,
          numbers.top1,
          numbers.agreement,
          numbers.floatBytes,
          numbers.bytes,
          numbers.floatLatencyMs,
          numbers.latencyMs,
          files.model,
          files.statistics,
          files.channels,
          numbers.worstSqnrDb,
          numbers.headline && toJson(numbers.headline),
          numbers.worstClass && toJson(numbers.worstClass),
          scoreOf(numbers),
          id,
        );
        for (const kind of ['quantize', 'evaluate', 'diagnose'] as const) {
          insertResult(connection, { projectId, runId: id, jobId, kind, value: result[kind] });
        }
        endJob(connection, jobId, 'done', null);
        touchProject(connection, projectId);
        return get(id);
      }),
    files: (id) =>
      connection.need(
        'run',
        RunFilesSchema,
        'SELECT model_sha256 AS model, statistics_sha256 AS statistics, channels_sha256 AS channels FROM run WHERE id = ?',
        id,
      ),
  };
}

/** Of every project the finished run with the highest top-1, else the best headline, then the smallest file, then the oldest. */
export function bestRuns(connection: Connection): RunRow[] {
  return connection.all(
    'run',
    RowSchema,
    `SELECT * FROM (
       SELECT *, row_number() OVER (PARTITION BY projectId ORDER BY top1 DESC NULLS LAST, score DESC NULLS LAST, bytes, id) AS place FROM (${ROWS} AND job.state = 'done')
     ) WHERE place = 1`,
  );
}
