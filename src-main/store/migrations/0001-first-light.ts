import type { Migration } from './index.ts';

/** Projects with their model, data, recipe, runs, jobs and results. Times are ISO 8601 in UTC; files are named by their SHA-256. */
export const firstLight: Migration = {
  version: 1,
  sql: `
    CREATE TABLE project (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      is_sample INTEGER NOT NULL CHECK (is_sample IN (0, 1)),
      created_at TEXT NOT NULL,
      changed_at TEXT NOT NULL,
      removed_at TEXT
    ) STRICT;

    CREATE TABLE model (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      source_path TEXT NOT NULL,
      added_at TEXT NOT NULL,
      report_json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX model_of_project ON model (project_id, id);

    CREATE TABLE model_file (
      model_id TEXT NOT NULL REFERENCES model (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      PRIMARY KEY (model_id, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE dataset (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      path TEXT NOT NULL,
      added_at TEXT NOT NULL,
      kind TEXT NOT NULL,
      items INTEGER NOT NULL,
      labelled INTEGER NOT NULL,
      classes_json TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      problems_json TEXT NOT NULL,
      preprocess_json TEXT NOT NULL,
      preprocess_origin TEXT NOT NULL CHECK (preprocess_origin IN ('saved', 'file', 'guessed')),
      index_sha256 TEXT NOT NULL
    ) STRICT;
    CREATE INDEX dataset_of_project ON dataset (project_id, id);

    CREATE TABLE recipe (
      project_id TEXT PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
      recipe_json TEXT NOT NULL,
      saved_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE run (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      model_id TEXT NOT NULL REFERENCES model (id),
      dataset_id TEXT NOT NULL REFERENCES dataset (id),
      name TEXT NOT NULL,
      created_at TEXT NOT NULL,
      removed_at TEXT,
      recipe_json TEXT NOT NULL,
      images INTEGER,
      float_top1 REAL,
      top1 REAL,
      agreement REAL,
      float_bytes INTEGER,
      bytes INTEGER,
      float_latency_ms REAL,
      latency_ms REAL,
      worst_sqnr_db REAL,
      model_sha256 TEXT,
      statistics_sha256 TEXT
    ) STRICT;
    CREATE INDEX run_of_project ON run (project_id, id);

    CREATE TABLE job (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      run_id TEXT UNIQUE REFERENCES run (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('quantize', 'evaluate', 'diagnose', 'run')),
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
    CREATE INDEX job_by_state ON job (state, id);
    CREATE INDEX job_of_project ON job (project_id, kind, id);

    CREATE TABLE job_log (
      job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
      at TEXT NOT NULL,
      level TEXT NOT NULL CHECK (level IN ('info', 'warn')),
      message TEXT NOT NULL
    ) STRICT;
    CREATE INDEX job_log_of_job ON job_log (job_id);

    CREATE TABLE result (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      run_id TEXT REFERENCES run (id) ON DELETE CASCADE,
      job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('quantize', 'evaluate', 'diagnose', 'gate')),
      created_at TEXT NOT NULL,
      value_json TEXT NOT NULL,
      CHECK ((kind = 'gate') = (run_id IS NULL)),
      UNIQUE (run_id, kind)
    ) STRICT;
    CREATE INDEX result_of_project ON result (project_id, kind, id);
  `,
};
