import * as v from 'valibot';
import { DoctorResultSchema, type DoctorResult } from '../contract/evidence.ts';
import { DiagnoseResultSchema, EvaluateResultSchema, QuantizeResultSchema, type EvaluateResult, type RunResult } from '../contract/results.ts';
import { jsonColumn, now, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { newId } from './id.ts';
import { endJob } from './jobs.ts';
import { touchProject } from './touch.ts';

const SCHEMAS = { quantize: QuantizeResultSchema, evaluate: EvaluateResultSchema, diagnose: DiagnoseResultSchema } as const;
const DoctorRowSchema = v.object({ jobId: v.string(), finishedAt: v.string(), result: jsonColumn(DoctorResultSchema) });
const GateRowSchema = v.object({ jobId: v.string(), evaluation: jsonColumn(EvaluateResultSchema) });

export interface Results {
  /** All of a finished run; null before. */
  ofRun(runId: string): RunResult | null;
  /** The last evaluation of the float model on the project's data; its provenance says of which model, data and preprocessing. */
  gate(projectId: string): { jobId: string; evaluation: EvaluateResult } | null;
  /** The evaluation and the job's `done` in one transaction. */
  finishGate(projectId: string, jobId: string, evaluation: EvaluateResult): void;
  /** The last look at the project's calibration images; its job's spec says of which model, data and recipe. */
  doctor(projectId: string): { jobId: string; finishedAt: string; result: DoctorResult } | null;
  /** The same for a look. */
  finishDoctor(projectId: string, jobId: string, result: DoctorResult): void;
}

export function resultsIn(connection: Connection): Results {
  const finish = (projectId: string, jobId: string, kind: 'gate' | 'doctor', value: unknown): void =>
    connection.transaction(() => {
      insertResult(connection, { projectId, runId: null, jobId, kind, value });
      endJob(connection, jobId, 'done', null);
      touchProject(connection, projectId);
    });
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
    finishGate: (projectId, jobId, value) => finish(projectId, jobId, 'gate', value),
    doctor: (projectId) =>
      connection.one(
        'look at the calibration images',
        DoctorRowSchema,
        "SELECT project_id AS id, job_id AS jobId, created_at AS finishedAt, value_json AS result FROM result WHERE project_id = ? AND kind = 'doctor' ORDER BY result.id DESC LIMIT 1",
        projectId,
      ),
    finishDoctor: (projectId, jobId, value) => finish(projectId, jobId, 'doctor', value),
  };
}

export interface NewResult {
  projectId: string;
  runId: string | null;
  jobId: string;
  kind: keyof typeof SCHEMAS | 'gate' | 'doctor';
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
