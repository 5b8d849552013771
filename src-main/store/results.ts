import * as v from 'valibot';
import { DiagnoseResultSchema, EvaluateResultSchema, QuantizeResultSchema, type EvaluateResult, type RunResult } from '../contract/results.ts';
import { jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { newId } from './id.ts';
import { endJob } from './jobs.ts';
import { touchProject } from './touch.ts';

const SCHEMAS = { quantize: QuantizeResultSchema, evaluate: EvaluateResultSchema, diagnose: DiagnoseResultSchema } as const;
const GateRowSchema = v.object({ jobId: v.string(), evaluation: jsonColumn(EvaluateResultSchema) });

export interface Results {
  /** All of a finished run; null before. */
  ofRun(runId: string): RunResult | null;
  /** The last evaluation of the float model on the project's data; its provenance says of which model, data and preprocessing. */
  gate(projectId: string): { jobId: string; evaluation: EvaluateResult } | null;
  /** The evaluation and the job's `done` in one transaction. */
  finishGate(projectId: string, jobId: string, evaluation: EvaluateResult): void;
}

export function resultsIn(connection: Connection): Results {
  return {
    ofRun: (runId) => {
      const read = <K extends keyof typeof SCHEMAS>(kind: K): RunResult[K] | null => {
        const schema = v.object({ value: jsonColumn(SCHEMAS[kind] as unknown as v.GenericSchema<unknown, RunResult[K]>) });
        return (
          connection.one(`${kind} result`, schema, 'SELECT run_id AS id, value_json AS value FROM result WHERE run_id = ? AND kind = ?', runId, kind)?.value ??
          null
        );
      };
      const [quantize, evaluate, diagnose] = [read('quantize'), read('evaluate'), read('diagnose')];
      return quantize && evaluate && diagnose && { quantize, evaluate, diagnose };
    },
    gate: (projectId) =>
      connection.one(
        'evaluation of the float model',
        GateRowSchema,
        "SELECT project_id AS id, job_id AS jobId, value_json AS evaluation FROM result WHERE project_id = ? AND kind = 'gate' ORDER BY result.id DESC LIMIT 1",
        projectId,
      ),
    finishGate: (projectId, jobId, value) =>
      connection.transaction(() => {
        insertResult(connection, { projectId, runId: null, jobId, kind: 'gate', value });
        endJob(connection, jobId, 'done', null);
        touchProject(connection, projectId);
      }),
  };
}

export interface NewResult {
  projectId: string;
  runId: string | null;
  jobId: string;
  kind: keyof typeof SCHEMAS | 'gate';
  value: unknown;
}

export function insertResult(connection: Connection, { projectId, runId, jobId, kind, value }: NewResult): void {
  connection.run(
    'INSERT INTO result (id, project_id, run_id, job_id, kind, created_at, value_json) VALUES (?, ?, ?, ?, ?, ?, ?)',
    newId(),
    projectId,
    runId,
    jobId,
    kind,
    now(),
    toJson(value),
  );
}
