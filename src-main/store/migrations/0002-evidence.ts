import type { Migration } from './index.ts';

/**
 * Evidence: criteria and baseline of a project, the task of its data, what runs are listed, tagged and compared by, and looks at calibration images.
 * `job` and `result` are made anew because their CHECKs list the kinds that there are.
 */
export const evidence: Migration = {
  version: 2,
  sql: `
    ALTER TABLE project ADD COLUMN criteria_json TEXT;
    ALTER TABLE project ADD COLUMN baseline_id TEXT;
    ALTER TABLE project ADD COLUMN stated_accuracy REAL;

    ALTER TABLE dataset ADD COLUMN task_json TEXT;
    ALTER TABLE dataset ADD COLUMN task_origin TEXT NOT NULL DEFAULT 'none' CHECK (task_origin IN ('saved', 'file', 'none'));

    ALTER TABLE run ADD COLUMN headline_json TEXT;
    ALTER TABLE run ADD COLUMN worst_class_json TEXT;
    -- What the best run is told by: the headline metric, negated where less is better.
    ALTER TABLE run ADD COLUMN score REAL;
    UPDATE run SET score = coalesce(top1, agreement);
    ALTER TABLE run ADD COLUMN tags_json TEXT;
    ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT '';
    ALTER TABLE run ADD COLUMN from_json TEXT;
    ALTER TABLE run ADD COLUMN channels_sha256 TEXT;

    CREATE TABLE job_new (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      run_id TEXT UNIQUE REFERENCES run (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('quantize', 'evaluate', 'diagnose', 'run', 'doctor')),
      title TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
      spec_json TEXT NOT NULL,
      progress_json TEXT,
      error_json TEXT,
      owner TEXT,
      created_at TEXT NOT NULL,
      started_at TEXT,
      finished_at TEXT,
      CHECK ((state = 'running') <= (owner IS NOT NULL AND started_at IS NOT NULL)),
      CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
    ) STRICT;
    INSERT INTO job_new SELECT id, project_id, run_id, kind, title, state, spec_json, progress_json, error_json, owner, created_at, started_at, finished_at FROM job;
    DROP TABLE job;
    ALTER TABLE job_new RENAME TO job;
    CREATE INDEX job_by_state ON job (state, id);
    CREATE INDEX job_of_project ON job (project_id, kind, id);

    CREATE TABLE result_new (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      run_id TEXT REFERENCES run (id) ON DELETE CASCADE,
      job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('quantize', 'evaluate', 'diagnose', 'gate', 'doctor')),
      created_at TEXT NOT NULL,
      value_json TEXT NOT NULL,
      CHECK ((kind IN ('gate', 'doctor')) = (run_id IS NULL)),
      UNIQUE (run_id, kind)
    ) STRICT;
    INSERT INTO result_new SELECT id, project_id, run_id, job_id, kind, created_at, value_json FROM result;
    DROP TABLE result;
    ALTER TABLE result_new RENAME TO result;
    CREATE INDEX result_of_project ON result (project_id, kind, id);
  `,
};
