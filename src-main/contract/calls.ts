import * as v from 'valibot';
import { DataItemSchema, TensorPreviewSchema } from './data.ts';
import { CriteriaSchema } from './criteria.ts';
import { ErrorDataSchema } from './errors.ts';
import { ChannelErrorsSchema, ImageComparisonSchema, RangeChoiceSchema, WeightDistributionSchema } from './evidence.ts';
import { JobSnapshotSchema } from './jobs.ts';
import { PreprocessSchema } from './preprocess.ts';
import { DatasetRecordSchema, DoctorRecordSchema, ModelRecordSchema, ProjectCardSchema, ProjectSchema, RunDetailSchema, RunRowSchema } from './projects.ts';
import { RecipeSchema, DEFAULT_RECIPE } from './recipe.ts';
import { TaskSchema } from './task.ts';
import { PlanPreviewSchema, TensorStatisticsSchema } from './results.ts';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(120));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const nothing = v.strictObject({});
const ofProject = v.strictObject({ projectId: id });

export const HostDescriptionSchema = v.object({
  host: v.picklist(['desktop', 'web']),
  version: v.string(),
  onnxruntime: v.string(),
  /** The data folder, for "where is my work". */
  home: v.string(),
  /** Rows of the database that cannot be read and were left out so far. */
  damaged: v.array(ErrorDataSchema),
  /** desktop: native dialogs; web: the path browser `host.browse`. */
  picks: v.picklist(['dialog', 'browser']),
});

export type HostDescription = v.InferOutput<typeof HostDescriptionSchema>;

export const FolderListingSchema = v.object({
  path: v.string(),
  parent: v.nullable(v.string()),
  roots: v.array(v.string()),
  entries: v.array(v.object({ name: v.string(), path: v.string(), kind: v.picklist(['folder', 'file']), bytes: v.number() })),
  /** True when the folder has more entries than are listed. */
  more: v.boolean(),
});
export type FolderListing = v.InferOutput<typeof FolderListingSchema>;

/**
 * Every call of the window to its host: name → input and output. `query` changes nothing, `command` changes state, `job` starts one and returns
 * at once. All three transports (IPC, WebSocket, memory) speak exactly this.
 */
export const CALLS = {
  'host.describe': { kind: 'query', input: nothing, output: HostDescriptionSchema },
  /** A native dialog; null when dismissed. Only where `picks` is `dialog`. */
  'host.pick': { kind: 'command', input: v.strictObject({ what: v.picklist(['model', 'data']) }), output: v.nullable(v.string()) },
  /** Folders and files of one folder inside the allowed roots. Only where `picks` is `browser`. */
  'host.browse': { kind: 'query', input: v.strictObject({ path: v.nullable(path), what: v.picklist(['model', 'data']) }), output: FolderListingSchema },

  'projects.list': { kind: 'query', input: nothing, output: v.array(ProjectCardSchema) },
  'projects.create': { kind: 'command', input: v.strictObject({ name }), output: ProjectSchema },
  'projects.openSample': { kind: 'command', input: nothing, output: ProjectSchema },
  'projects.get': { kind: 'query', input: ofProject, output: ProjectSchema },
  'projects.rename': { kind: 'command', input: v.strictObject({ projectId: id, name }), output: ProjectSchema },
  /** Into the trash; `projects.restore` undoes it. */
  'projects.remove': { kind: 'command', input: ofProject, output: v.null() },
  'projects.restore': { kind: 'command', input: ofProject, output: v.null() },
  'projects.saveCriteria': { kind: 'command', input: v.strictObject({ projectId: id, criteria: CriteriaSchema }), output: ProjectSchema },
  /** null: the float model is the baseline. */
  'projects.pinBaseline': { kind: 'command', input: v.strictObject({ projectId: id, runId: v.nullable(id) }), output: ProjectSchema },

  'models.add': { kind: 'command', input: v.strictObject({ projectId: id, path }), output: ModelRecordSchema },

  'datasets.add': { kind: 'command', input: v.strictObject({ projectId: id, path }), output: DatasetRecordSchema },
  'datasets.items': {
    kind: 'query',
    input: v.strictObject({
      datasetId: id,
      offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
    }),
    output: v.object({ total: v.number(), items: v.array(DataItemSchema) }),
  },
  'datasets.thumbnail': {
    kind: 'query',
    input: v.strictObject({
      datasetId: id,
      index: v.pipe(v.number(), v.integer(), v.minValue(0)),
      size: v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(512)),
    }),
    output: v.object({ jpeg: v.instance(Uint8Array), width: v.number(), height: v.number() }),
  },
  'datasets.preview': {
    kind: 'query',
    input: v.strictObject({ datasetId: id, index: v.pipe(v.number(), v.integer(), v.minValue(0)), preprocess: PreprocessSchema }),
    output: TensorPreviewSchema,
  },
  'datasets.savePreprocess': { kind: 'command', input: v.strictObject({ datasetId: id, preprocess: PreprocessSchema }), output: DatasetRecordSchema },
  /** null: told from labels and outputs again. */
  'datasets.saveTask': { kind: 'command', input: v.strictObject({ datasetId: id, task: v.nullable(TaskSchema) }), output: DatasetRecordSchema },
  /** Evaluates the float model on the data; the outcome is the project's gate. `stated`: the accuracy it should have, percent; kept with the project. */
  'datasets.check': {
    kind: 'job',
    input: v.strictObject({ projectId: id, stated: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100)))) }),
    output: JobSnapshotSchema,
  },
  /** Looks at the images that a recipe calibrates with. */
  'calibration.start': {
    kind: 'job',
    input: v.strictObject({ projectId: id, recipe: RecipeSchema, accuracy: v.optional(v.boolean(), true) }),
    output: JobSnapshotSchema,
  },
  'calibration.get': { kind: 'query', input: ofProject, output: v.nullable(DoctorRecordSchema) },

  'recipes.save': { kind: 'command', input: v.strictObject({ projectId: id, recipe: RecipeSchema }), output: ProjectSchema },
  'recipes.plan': { kind: 'query', input: v.strictObject({ projectId: id, recipe: RecipeSchema }), output: PlanPreviewSchema },

  'runs.start': {
    kind: 'job',
    input: v.strictObject({
      projectId: id,
      recipe: v.optional(RecipeSchema, DEFAULT_RECIPE),
      name: v.optional(name),
      from: v.optional(v.strictObject({ runId: id, adviceId: v.pipe(v.string(), v.maxLength(600)) })),
    }),
    output: v.object({ run: RunRowSchema, job: JobSnapshotSchema }),
  },
  'runs.list': { kind: 'query', input: ofProject, output: v.array(RunRowSchema) },
  'runs.get': { kind: 'query', input: v.strictObject({ runId: id }), output: RunDetailSchema },
  /** Distribution of one observed tensor of a finished run. */
  'runs.tensor': { kind: 'query', input: v.strictObject({ runId: id, tensor: v.string() }), output: TensorStatisticsSchema },
  /** What each range method would choose for that tensor; `tried` adds a range of the user's. */
  'runs.ranges': {
    kind: 'query',
    input: v.strictObject({ runId: id, tensor: v.string(), tried: v.optional(v.strictObject({ min: v.number(), max: v.number() })) }),
    output: v.array(RangeChoiceSchema),
  },
  'runs.weight': { kind: 'query', input: v.strictObject({ runId: id, weight: v.string() }), output: WeightDistributionSchema },
  /** Errors and ranges by channel; empty for runs of earlier versions. */
  'runs.channels': { kind: 'query', input: v.strictObject({ runId: id }), output: v.array(ChannelErrorsSchema) },
  /** One image of the run's data through float and quantized model. */
  'runs.image': {
    kind: 'query',
    input: v.strictObject({ runId: id, position: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
    output: ImageComparisonSchema,
  },
  /** What is missing stays as it is. */
  'runs.annotate': {
    kind: 'command',
    input: v.strictObject({
      runId: id,
      tags: v.optional(v.pipe(v.array(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(40))), v.maxLength(20))),
      note: v.optional(v.pipe(v.string(), v.maxLength(4000))),
    }),
    output: RunRowSchema,
  },
  'runs.rename': { kind: 'command', input: v.strictObject({ runId: id, name }), output: RunRowSchema },
  'runs.remove': { kind: 'command', input: v.strictObject({ runId: id }), output: v.null() },
  'runs.restore': { kind: 'command', input: v.strictObject({ runId: id }), output: v.null() },
  /** The quantized model; the report as HTML, PDF or JSON; a ZIP of all its tables as CSV or of all its charts as PNG. */
  'runs.file': {
    kind: 'query',
    input: v.strictObject({ runId: id, what: v.picklist(['model', 'report', 'pdf', 'json', 'tables', 'charts']) }),
    output: v.object({ name: v.string(), mime: v.string(), bytes: v.instance(Uint8Array) }),
  },

  'jobs.list': { kind: 'query', input: nothing, output: v.array(JobSnapshotSchema) },
  'jobs.cancel': { kind: 'command', input: v.strictObject({ jobId: id }), output: v.null() },
  'jobs.log': {
    kind: 'query',
    input: v.strictObject({ jobId: id }),
    output: v.array(v.object({ at: v.string(), level: v.picklist(['info', 'warn']), message: v.string() })),
  },
} as const satisfies Record<string, { kind: 'query' | 'command' | 'job'; input: v.GenericSchema; output: v.GenericSchema }>;

export type CallName = keyof typeof CALLS;
/** What a caller may write: optional fields may be missing. */
export type CallInput<K extends CallName> = v.InferInput<(typeof CALLS)[K]['input']>;
/** What a handler receives: checked, defaults filled in. */
export type CheckedInput<K extends CallName> = v.InferOutput<(typeof CALLS)[K]['input']>;
export type CallOutput<K extends CallName> = v.InferOutput<(typeof CALLS)[K]['output']>;

/** What the host tells the window unasked. */
export const EVENTS = {
  /** A job was created, moved on or ended. */
  job: JobSnapshotSchema,
  /** Something stored changed: ask again for what you show of it. */
  changed: v.object({ projectId: v.nullable(id), what: v.picklist(['projects', 'project', 'runs']) }),
  /** One more row of the database cannot be read and is left out of the lists. */
  damaged: ErrorDataSchema,
} as const;
export type EventName = keyof typeof EVENTS;
export type EventPayload<K extends EventName> = v.InferOutput<(typeof EVENTS)[K]>;
export type AnyEvent = { [K in EventName]: { event: K; payload: EventPayload<K> } }[EventName];
