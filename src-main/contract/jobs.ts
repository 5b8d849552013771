import * as v from 'valibot';
import { DataSpecSchema, DataIndexSchema, TensorPreviewSchema } from './data.ts';
import { ErrorDataSchema } from './errors.ts';
import { DoctorResultSchema, ImageComparisonSchema, RangeChoiceSchema, WeightDistributionSchema } from './evidence.ts';
import { ModelReportSchema } from './model.ts';
import { PreprocessSchema } from './preprocess.ts';
import { RecipeSchema } from './recipe.ts';
import { DiagnoseResultSchema, EvaluateResultSchema, PlanPreviewSchema, QuantizeResultSchema, RunResultSchema, TensorStatisticsSchema } from './results.ts';

export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const STAGES = ['load', 'statistics', 'parameters', 'emit', 'verify', 'evaluate', 'speed', 'diagnose', 'sensitivity', 'trials', 'doctor'] as const;
export type Stage = (typeof STAGES)[number];

export const ProgressSchema = v.object({
  stage: v.picklist(STAGES),
  /** Stages of this job in order, so that a bar can show where `stage` stands. */
  stages: v.array(v.picklist(STAGES)),
  done: v.number(),
  total: v.number(),
  /** Images per second; null before it can be told. */
  rate: v.nullable(v.number()),
  /** Of this stage; null before 3 s and 5 % have passed. */
  secondsLeft: v.nullable(v.number()),
});
export type Progress = v.InferOutput<typeof ProgressSchema>;

const path = v.pipe(v.string(), v.minLength(1));
const samples = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)));
const skipSamples = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0);

/** The work of one runner process. Paths are absolute and already allowed. */
export const JobSpecSchema = v.variant('kind', [
  v.object({
    kind: v.literal('quantize'),
    model: path,
    /** May be missing where the recipe's format needs no images (dynamic, weight-only, float16). */
    data: v.optional(DataSpecSchema),
    recipe: RecipeSchema,
    /** The INT8 model is written here, under a temporary name until it is whole. */
    output: path,
    /** Statistics (JSON, `StatisticsFileSchema`) are written here if given. */
    statistics: v.optional(path),
    /** Folder of statistics known from before, by content; read and filled if given. */
    cache: v.optional(path),
  }),
  v.object({
    kind: v.literal('evaluate'),
    model: path,
    against: v.optional(path),
    data: DataSpecSchema,
    /** Left out at the head of the seed's order: the ones that calibrated. */
    skipSamples,
    samples,
    /** The gate: tries other preprocessings where accuracy is near chance, or more than 5 points below what is stated (percent; null: nothing is). */
    gate: v.optional(v.object({ stated: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))) })),
    /** Which kernels ran, how long each took, load time and memory. */
    profile: v.optional(v.boolean()),
  }),
  v.object({
    kind: v.literal('diagnose'),
    float: path,
    quantized: path,
    data: DataSpecSchema,
    skipSamples,
    samples,
    /** How many layers, most harmful first by the estimate, are measured one by one; missing: 8. */
    confirm: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
  v.object({
    kind: v.literal('doctor'),
    model: path,
    data: DataSpecSchema,
    recipe: RecipeSchema,
    /** Quantizes with half and with all of the images and evaluates both; takes as long as two runs. */
    accuracy: v.optional(v.boolean()),
    /** A folder for models that are only evaluated; emptied by whoever gave it. */
    work: path,
    cache: v.optional(path),
  }),
  v.object({
    kind: v.literal('run'),
    model: path,
    data: DataSpecSchema,
    recipe: RecipeSchema,
    output: path,
    statistics: path,
    cache: v.optional(path),
  }),
  /** Stays alive and answers single questions about models and images. */
  v.object({ kind: v.literal('service') }),
]);
export type JobSpec = v.InferOutput<typeof JobSpecSchema>;
export type JobKind = JobSpec['kind'];

/** The questions that a `service` runner answers, each with its answer. */
export const SERVICE_CALLS = {
  inspect: { input: v.object({ model: path }), output: ModelReportSchema },
  indexData: { input: v.object({ path }), output: DataIndexSchema },
  thumbnail: {
    input: v.object({ path, index: v.number(), size: v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(512)) }),
    output: v.object({ jpeg: v.instance(Uint8Array), width: v.number(), height: v.number() }),
  },
  previewTensor: {
    input: v.object({ path, index: v.number(), preprocess: PreprocessSchema }),
    output: TensorPreviewSchema,
  },
  /** One image through both models, every tensor compared. */
  compareImage: {
    input: v.object({ float: path, quantized: path, data: DataSpecSchema, position: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
    output: ImageComparisonSchema,
  },
  /** What each range method makes of one observed tensor under a recipe; `tried` adds a range of the user's. */
  rangeChoices: {
    input: v.object({
      model: path,
      recipe: RecipeSchema,
      statistics: path,
      tensor: v.string(),
      tried: v.optional(v.object({ min: v.number(), max: v.number() })),
    }),
    output: v.array(RangeChoiceSchema),
  },
  /** Of one observed tensor of a run, with all that share its range. */
  distribution: { input: v.object({ model: path, recipe: RecipeSchema, statistics: path, tensor: v.string() }), output: TensorStatisticsSchema },
  weightDistribution: { input: v.object({ model: path, recipe: RecipeSchema, weight: v.string() }), output: WeightDistributionSchema },
  /** SVG pictures as PNG, for reports. */
  drawPictures: { input: v.object({ pictures: v.array(v.string()), scale: v.number() }), output: v.array(v.instance(Uint8Array)) },
  plan: { input: v.object({ model: path, recipe: RecipeSchema, statistics: v.optional(path) }), output: PlanPreviewSchema },
} as const;
export type ServiceCall = keyof typeof SERVICE_CALLS;
export type ServiceInput<K extends ServiceCall> = v.InferOutput<(typeof SERVICE_CALLS)[K]['input']>;
export type ServiceOutput<K extends ServiceCall> = v.InferOutput<(typeof SERVICE_CALLS)[K]['output']>;

/** What a finished job hands back, by kind (`service` never finishes by itself). */
export const JOB_RESULTS = {
  quantize: QuantizeResultSchema,
  evaluate: EvaluateResultSchema,
  diagnose: DiagnoseResultSchema,
  run: RunResultSchema,
  doctor: DoctorResultSchema,
} as const;
export type JobResult<K extends keyof typeof JOB_RESULTS> = v.InferOutput<(typeof JOB_RESULTS)[K]>;

/** Host → runner. */
export const ToRunnerSchema = v.variant('type', [
  v.object({ type: v.literal('start'), job: JobSpecSchema }),
  v.object({ type: v.literal('cancel') }),
  v.object({ type: v.literal('ask'), id: v.number(), call: v.string(), input: v.unknown() }),
]);
export type ToRunner = v.InferOutput<typeof ToRunnerSchema>;

/** Runner → host. */
export const FromRunnerSchema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  /** Once a second while a job runs; its absence for two minutes means that the runner hangs. */
  v.object({ type: v.literal('heartbeat') }),
  v.object({ type: v.literal('progress'), progress: ProgressSchema }),
  v.object({ type: v.literal('log'), level: v.picklist(['info', 'warn']), message: v.string() }),
  v.object({ type: v.literal('done'), result: v.unknown() }),
  v.object({ type: v.literal('failed'), error: ErrorDataSchema }),
  v.object({ type: v.literal('answer'), id: v.number(), value: v.unknown() }),
  v.object({ type: v.literal('refused'), id: v.number(), error: ErrorDataSchema }),
]);
export type FromRunner = v.InferOutput<typeof FromRunnerSchema>;

/** A job as the window sees it. */
export const JobSnapshotSchema = v.object({
  id: v.string(),
  projectId: v.string(),
  runId: v.nullable(v.string()),
  kind: v.picklist(['quantize', 'evaluate', 'diagnose', 'run', 'doctor']),
  /** What it does, for the header: "INT8 per-channel of mobilenetv2-7". */
  title: v.string(),
  state: v.picklist(JOB_STATES),
  progress: v.nullable(ProgressSchema),
  error: v.nullable(ErrorDataSchema),
  /** ISO 8601 UTC. */
  createdAt: v.string(),
  startedAt: v.nullable(v.string()),
  finishedAt: v.nullable(v.string()),
});
export type JobSnapshot = v.InferOutput<typeof JobSnapshotSchema>;
