import * as v from 'valibot';
import { CriteriaSchema, CriterionCheckSchema } from './criteria.ts';
import { ErrorDataSchema } from './errors.ts';
import { AdviceSchema, DoctorResultSchema } from './evidence.ts';
import { DataIndexSchema } from './data.ts';
import { JOB_STATES } from './jobs.ts';
import { ModelReportSchema } from './model.ts';
import { PreprocessSchema } from './preprocess.ts';
import { RecipeSchema } from './recipe.ts';
import { EvaluateResultSchema, RunResultSchema } from './results.ts';
import { HeadlineSchema } from './scores.ts';
import { TaskSchema } from './task.ts';

export const ModelRecordSchema = v.object({
  id: v.string(),
  projectId: v.string(),
  name: v.string(),
  /** Where it came from; the project keeps its own copy. */
  sourcePath: v.string(),
  addedAt: v.string(),
  report: ModelReportSchema,
});
export type ModelRecord = v.InferOutput<typeof ModelRecordSchema>;

export const DatasetRecordSchema = v.object({
  id: v.string(),
  projectId: v.string(),
  name: v.string(),
  /** The data stays where it is; the index names what was there. */
  path: v.string(),
  addedAt: v.string(),
  kind: DataIndexSchema.entries.kind,
  items: v.number(),
  labelled: v.number(),
  classes: v.array(v.string()),
  sha256: v.string(),
  problems: DataIndexSchema.entries.problems,
  /** What is in force: saved in the window, else beside the data, else guessed from the model. */
  preprocess: PreprocessSchema,
  preprocessOrigin: v.picklist(['saved', 'file', 'guessed']),
  /** Saved in the window, else `task.json` beside the data; null: told from labels and outputs when a model runs. */
  task: v.optional(v.nullable(TaskSchema)),
  taskOrigin: v.optional(v.picklist(['saved', 'file', 'none'])),
});
export type DatasetRecord = v.InferOutput<typeof DatasetRecordSchema>;

/** The float model on the project's data, before anything is quantized. */
export const GateSchema = v.object({
  state: v.picklist(['unchecked', 'checking', 'plausible', 'suspicious', 'unlabelled', 'failed']),
  /** One sentence with the number and its count. */
  message: v.string(),
  causes: v.array(v.string()),
  evaluation: v.nullable(EvaluateResultSchema),
  error: v.nullable(ErrorDataSchema),
});
export type Gate = v.InferOutput<typeof GateSchema>;

export const RunRowSchema = v.object({
  id: v.string(),
  projectId: v.string(),
  name: v.string(),
  createdAt: v.string(),
  jobId: v.nullable(v.string()),
  state: v.picklist(JOB_STATES),
  error: v.nullable(ErrorDataSchema),
  recipe: RecipeSchema,
  modelName: v.string(),
  datasetName: v.string(),
  images: v.nullable(v.number()),
  floatTop1: v.nullable(v.number()),
  top1: v.nullable(v.number()),
  agreement: v.nullable(v.number()),
  floatBytes: v.nullable(v.number()),
  bytes: v.nullable(v.number()),
  floatLatencyMs: v.nullable(v.number()),
  latencyMs: v.nullable(v.number()),
  modelSha256: v.nullable(v.string()),
  /** Worst cumulative SQNR of all tensors, dB. */
  worstSqnrDb: v.nullable(v.number()),
  /** The number that stands for its quality, whatever the task is; null until it is done. */
  headline: v.nullable(HeadlineSchema),
  /** The class of at least 10 images (objects) that has lost most points against float; null where there is none. */
  worstClass: v.nullable(v.object({ name: v.string(), drop: v.number(), images: v.number() })),
  tags: v.array(v.string()),
  note: v.string(),
  /** The run and the advice that it was started from. */
  from: v.nullable(v.object({ runId: v.string(), adviceId: v.string() })),
  /** The project's criteria, each with its outcome; empty where there are none or nothing is known yet. */
  checks: v.array(CriterionCheckSchema),
});
export type RunRow = v.InferOutput<typeof RunRowSchema>;

export const RunDetailSchema = v.object({
  row: RunRowSchema,
  result: v.nullable(RunResultSchema),
  /** What the numbers mean, in one sentence with counts. */
  verdict: v.nullable(v.object({ level: v.picklist(['ok', 'warning', 'bad', 'unknown']), message: v.string() })),
  /** What to do about it, in order of expected gain. */
  advice: v.optional(v.array(AdviceSchema)),
});
export type RunDetail = v.InferOutput<typeof RunDetailSchema>;

export const ProjectCardSchema = v.object({
  id: v.string(),
  name: v.string(),
  createdAt: v.string(),
  /** Last change of anything in it. */
  changedAt: v.string(),
  isSample: v.boolean(),
  modelName: v.nullable(v.string()),
  datasetName: v.nullable(v.string()),
  runs: v.number(),
  /** The finished run with the highest top-1 (then the smallest file). */
  best: v.nullable(RunRowSchema),
});
export type ProjectCard = v.InferOutput<typeof ProjectCardSchema>;

export const ProjectSchema = v.object({
  id: v.string(),
  name: v.string(),
  createdAt: v.string(),
  isSample: v.boolean(),
  model: v.nullable(ModelRecordSchema),
  dataset: v.nullable(DatasetRecordSchema),
  recipe: RecipeSchema,
  gate: GateSchema,
  /** Accuracy that the user says the float model has, percent. */
  statedAccuracy: v.nullable(v.number()),
  criteria: CriteriaSchema,
  /** The run that others are compared with; null: the float model. */
  baselineId: v.nullable(v.string()),
  runs: v.number(),
});
export type Project = v.InferOutput<typeof ProjectSchema>;

/** The last look at a project's calibration images; `stale`: model, data, preprocessing or recipe have changed since. */
export const DoctorRecordSchema = v.object({ result: DoctorResultSchema, finishedAt: v.string(), stale: v.boolean() });
export type DoctorRecord = v.InferOutput<typeof DoctorRecordSchema>;
