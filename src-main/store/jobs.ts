import * as v from 'valibot';
import { CalibrantError, ErrorDataSchema, toErrorData, type ErrorData } from '../contract/errors.ts';
import { JobSnapshotSchema, JobSpecSchema, ProgressSchema, type JobSnapshot, type JobSpec, type JobState, type Progress } from '../contract/jobs.ts';
import { jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { newId } from './id.ts';

const SnapshotSchema = v.object({
  ...JobSnapshotSchema.entries,
  progress: v.nullable(jsonColumn(ProgressSchema)),
  error: v.nullable(jsonColumn(ErrorDataSchema)),
});
const SpecSchema = v.object({ spec: jsonColumn(JobSpecSchema) });
const LogLineSchema = v.object({ at: v.string(), level: v.picklist(['info', 'warn']), message: v.string() });
const IdSchema = v.object({ id: v.string() });

const SELECT = `SELECT id, project_id AS projectId, run_id AS runId, kind, title, state, progress_json AS progress, error_json AS error,
  created_at AS createdAt, started_at AS startedAt, finished_at AS finishedAt FROM job`;

/** As many as the window shows. */
const LISTED = 200;

type EndState = Extract<JobState, 'done' | 'failed' | 'cancelled' | 'interrupted'>;

/** Fits `JobRecords` of the job queue. */
export interface Jobs {
  create(job: { projectId: string; runId: string | null; kind: JobSnapshot['kind']; title: string; spec: JobSpec }): JobSnapshot;
  /** The newest 200, newest first. */
  list(): JobSnapshot[];
  get(id: string): JobSnapshot;
  spec(id: string): JobSpec;
  /** The newest job of that kind that belongs to the project itself, not to a run. */
  ofProject(projectId: string, kind: JobSnapshot['kind']): JobSnapshot | null;
  /** The oldest queued job becomes `running`, owned by this start of the application; null when there is none. */
  claim(owner: string): JobSnapshot | null;
  progress(id: string, progress: Progress): void;
  log(id: string, level: 'info' | 'warn', message: string): void;
  /** Oldest line first. */
  logOf(id: string): v.InferOutput<typeof LogLineSchema>[];
  /** Changes nothing when the job has already ended. */
  finish(id: string, state: EndState, error: ErrorData | null): JobSnapshot;
  /** Every running job of another owner becomes `interrupted`; returns those. */
  recover(owner: string): JobSnapshot[];
}

export function jobsIn(connection: Connection): Jobs {
  const get = (id: string): JobSnapshot => connection.need('job', SnapshotSchema, `${SELECT} WHERE id = ?`, id);
  const claim = (owner: string): JobSnapshot | null => {
    const claimed = connection.one(
      'job',
      IdSchema,
      `UPDATE job SET state = 'running', owner = ?, started_at = ?
       WHERE id = (SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 1) AND state = 'queued' RETURNING id`,
      owner,
      now(),
    );
    if (!claimed) return null;
    try {
      return get(claimed.id);
    } catch (error) {
      // A job that cannot be read must not stop those behind it.
      endJob(connection, claimed.id, 'failed', toErrorData(error));
      return claim(owner);
    }
  };
  return {
    get,
    claim,
    create: ({ projectId, runId, kind, title, spec }) => {
      const id = newId();
      connection.run(
        "INSERT INTO job (id, project_id, run_id, kind, title, state, spec_json, created_at) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)",
        id,
        projectId,
        runId,
        kind,
        title,
        toJson(spec),
        now(),
      );
      return get(id);
    },
    list: () => connection.all('job', SnapshotSchema, `${SELECT} ORDER BY id DESC LIMIT ${LISTED}`),
    spec: (id) => connection.need('job', SpecSchema, 'SELECT id, spec_json AS spec FROM job WHERE id = ?', id).spec,
    ofProject: (projectId, kind) =>
      connection.one('job', SnapshotSchema, `${SELECT} WHERE project_id = ? AND kind = ? AND run_id IS NULL ORDER BY id DESC LIMIT 1`, projectId, kind),
    progress: (id, progress) => void connection.run("UPDATE job SET progress_json = ? WHERE id = ? AND state = 'running'", toJson(progress), id),
    log: (id, level, message) => void connection.run('INSERT INTO job_log (job_id, at, level, message) VALUES (?, ?, ?, ?)', id, now(), level, message),
    logOf: (id) => connection.all('line of the job log', LogLineSchema, 'SELECT at, level, message FROM job_log WHERE job_id = ? ORDER BY rowid', id),
    finish: (id, state, error) => {
      endJob(connection, id, state, error);
      return get(id);
    },
    recover: (owner) =>
      connection.transaction(() => {
        const lost = connection.all('job', IdSchema, "SELECT id FROM job WHERE state = 'running' AND owner IS NOT ? ORDER BY id", owner);
        const error = toErrorData(
          new CalibrantError(
            'job-interrupted',
            'Calibrant ended while this was running (a crash, a kill or a power cut); nothing half-done was kept, start it again.',
          ),
        );
        for (const { id } of lost) endJob(connection, id, 'interrupted', error);
        return lost.flatMap(({ id }) => connection.all('job', SnapshotSchema, `${SELECT} WHERE id = ?`, id));
      }),
  };
}

export function endJob(connection: Connection, id: string, state: EndState, error: ErrorData | null): void {
  connection.run(
    "UPDATE job SET state = ?, error_json = ?, finished_at = ? WHERE id = ? AND state IN ('queued', 'running')",
    state,
    error && toJson(error),
    now(),
    id,
  );
}
