import * as v from 'valibot';
import { SkippedSchema } from './data.ts';
import { ChannelErrorsSchema, ImageDamageSchema, SensitivitySchema, SpeedSchema, TrialSchema, WeightErrorSchema } from './evidence.ts';
import { ProblemSchema } from './model.ts';
import { INTEGER_TYPES, RecipeSchema } from './recipe.ts';
import { ConfidenceSchema, DetectionScoreSchema, HeadlineSchema, percent, RegressionScoreSchema, SegmentationScoreSchema } from './scores.ts';
import { TASK_NAMES } from './task.ts';

/** Everything needed to repeat a result. */
export const ProvenanceSchema = v.object({
  calibrant: v.string(),
  onnxruntime: v.string(),
  node: v.string(),
  platform: v.string(),
  cpu: v.string(),
  /** The CPU flags that change integer results or speed: avx2, avx512f, avx512_vnni, avx_vnni, … */
  cpuFlags: v.array(v.string()),
  threads: v.number(),
  modelSha256: v.string(),
  dataSha256: v.string(),
  preprocess: v.unknown(),
  /** As it was given; null or missing: told from labels and outputs. */
  task: v.optional(v.unknown()),
  seed: v.union([v.number(), v.literal('none')]),
});
export type Provenance = v.InferOutput<typeof ProvenanceSchema>;

/** One number per tensor, or one per channel. */
const perTensorOrChannel = v.union([v.number(), v.array(v.number())]);

export const QuantizedTensorSchema = v.object({
  name: v.string(),
  kind: v.picklist(['activation', 'weight', 'bias']),
  type: v.picklist([...INTEGER_TYPES, 'int32', 'float16']),
  granularity: v.picklist(['per-tensor', 'per-channel', 'per-block']),
  axis: v.nullable(v.number()),
  symmetric: v.boolean(),
  /** null where there is none (float16), or one for each of too many blocks to list. */
  scale: v.nullable(perTensorOrChannel),
  zeroPoint: v.nullable(perTensorOrChannel),
  /** The real-valued range that the codes cover, as chosen; null for biases, blocks and float16. */
  range: v.nullable(v.object({ min: perTensorOrChannel, max: perTensorOrChannel })),
  /** Where the range is from: 'observed', 'fixed by Softmax', 'shared with T', 'weights', … */
  origin: v.string(),
  /** Weights: greatest over smallest channel range (absolute maxima; all-zero channels left out). */
  channelRangeRatio: v.optional(v.number()),
});
export type QuantizedTensor = v.InferOutput<typeof QuantizedTensorSchema>;

export const PlacementSchema = v.object({
  node: v.string(),
  op: v.string(),
  /** `fused`: folded into its producer or removed, so it costs nothing at run time. */
  placement: v.picklist(['integer', 'float', 'fused', 'float16']),
  reason: v.string(),
});
export type Placement = v.InferOutput<typeof PlacementSchema>;

export const QuantizeResultSchema = v.object({
  output: v.string(),
  outputSha256: v.string(),
  recipe: RecipeSchema,
  images: v.number(),
  skipped: v.array(SkippedSchema),
  sizeBytes: v.object({ float: v.number(), quantized: v.number() }),
  nodes: v.object({ integer: v.number(), float: v.number() }),
  placements: v.array(PlacementSchema),
  tensors: v.array(QuantizedTensorSchema),
  warnings: v.array(ProblemSchema),
  /** Where the result is not what ONNX Runtime's Python tool would have made of the same recipe, and why; empty with `ortParity`. */
  differences: v.optional(v.array(ProblemSchema), []),
  /** Files beside `output` that hold its larger weights (a model above 2 GB does not fit into one file). */
  external: v.optional(v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.string() })), []),
  /** Whether the images were looked at, or their statistics were known from before; `none`: the recipe needs no images. */
  statistics: v.optional(v.picklist(['observed', 'cached', 'none']), 'observed'),
  seconds: v.object({ statistics: v.number(), parameters: v.number(), emit: v.number() }),
  /** Highest resident set of the process that did the work. */
  peakRssBytes: v.number(),
  provenance: ProvenanceSchema,
});
export type QuantizeResult = v.InferOutput<typeof QuantizeResultSchema>;

export const ClassScoreSchema = v.object({
  /** Index in the model's output. */
  class: v.number(),
  name: v.nullable(v.string()),
  images: v.number(),
  top1: percent,
});
export type ClassScore = v.InferOutput<typeof ClassScoreSchema>;

/** One model on one data set. Accuracies in percent of `images`; null where the data has no labels (or top-5 has fewer than 6 classes). */
export const EvaluationSchema = v.object({
  model: v.object({ file: v.string(), sha256: v.string(), bytes: v.number() }),
  images: v.number(),
  skipped: v.array(SkippedSchema),
  labelled: v.boolean(),
  top1: v.nullable(percent),
  top5: v.nullable(percent),
  /** Accuracy of guessing: 100 / classes. */
  chance: v.nullable(percent),
  perClass: v.array(ClassScoreSchema),
  latencyMs: v.object({ median: v.number(), p95: v.number() }),
  imagesPerSecond: v.number(),
  task: v.optional(v.picklist(TASK_NAMES)),
  confidence: v.optional(v.nullable(ConfidenceSchema)),
  detection: v.optional(v.nullable(DetectionScoreSchema)),
  segmentation: v.optional(v.nullable(SegmentationScoreSchema)),
  regression: v.optional(v.nullable(RegressionScoreSchema)),
});
export type Evaluation = v.InferOutput<typeof EvaluationSchema>;

export const EvaluateResultSchema = v.object({
  ...EvaluationSchema.entries,
  warnings: v.array(ProblemSchema),
  provenance: ProvenanceSchema,
  /** With `--against`: the other model on the same images, alternating with this one. */
  against: v.optional(EvaluationSchema),
  /** Percent of images on which both models' top-1 is the same class; null for outputs that are no class scores. */
  agreement: v.optional(v.nullable(percent)),
  /** This model minus the other: points of accuracy, bytes, milliseconds. `speedup` = other's median / this median. */
  delta: v.optional(
    v.object({
      top1: v.nullable(v.number()),
      top5: v.nullable(v.number()),
      bytes: v.number(),
      latencyMedianMs: v.number(),
      speedup: v.number(),
    }),
  ),
  /** First output of this model against the other's: signal is the other. */
  outputError: v.optional(v.object({ sqnrDb: v.nullable(v.number()), cosine: v.nullable(v.number()), mse: v.number() })),
  headline: v.optional(v.nullable(HeadlineSchema)),
  /** Every output against the float model's. `bias`: mean of this minus float, `biasShare` in percent of float's standard deviation. */
  outputs: v.optional(
    v.array(
      v.object({
        name: v.string(),
        sqnrDb: v.nullable(v.number()),
        cosine: v.nullable(v.number()),
        mse: v.number(),
        bias: v.number(),
        biasShare: v.nullable(v.number()),
      }),
    ),
  ),
  /** Pairs of classes (truth, answer) that are confused more often than by float, most added first. */
  confusions: v.optional(
    v.array(
      v.object({
        truth: v.number(),
        truthName: v.nullable(v.string()),
        answer: v.number(),
        answerName: v.nullable(v.string()),
        float: v.number(),
        quantized: v.number(),
        images: v.number(),
      }),
    ),
  ),
  /** The images that suffered most, worst first; at most 200. `of`: how many were compared. */
  damage: v.optional(v.object({ of: v.number(), lost: v.number(), gained: v.number(), changed: v.number(), images: v.array(ImageDamageSchema) })),
  /** The gate: other preprocessings on a few images, best first; null where the given one did not look wrong. */
  trials: v.optional(v.nullable(v.array(TrialSchema))),
  speed: v.optional(v.nullable(SpeedSchema)),
});
export type EvaluateResult = v.InferOutput<typeof EvaluateResultSchema>;

/** sqnrDb = 10·log10(Σf² / Σ(f−q)²); null when there is no error at all or no signal. cosine is null without signal. */
export const TensorErrorSchema = v.object({
  sqnrDb: v.nullable(v.number()),
  cosine: v.nullable(v.number()),
  mse: v.number(),
  maxAbs: v.number(),
});
export type TensorError = v.InferOutput<typeof TensorErrorSchema>;

export const DiagnosedTensorSchema = v.object({
  /** A quantized tensor that only a Relu or Clip uses is compared behind that: its range may leave out what is clipped anyway. */
  name: v.string(),
  /** The node of the float model that makes it, and its operator. */
  node: v.string(),
  op: v.string(),
  /** Position of that node in the float graph. */
  index: v.number(),
  /** Elements compared per image. */
  elements: v.number(),
  /** Through the quantized graph so far, against the float graph. */
  cumulative: TensorErrorSchema,
  /** Only this tensor's own quantization, applied to the float values; null where the tensor is not quantized. */
  local: v.nullable(TensorErrorSchema),
  /** Mean square of the float values. */
  power: v.optional(v.nullable(v.number())),
});
export type DiagnosedTensor = v.InferOutput<typeof DiagnosedTensorSchema>;

export const DiagnoseResultSchema = v.object({
  images: v.number(),
  skipped: v.array(SkippedSchema),
  tensors: v.array(DiagnosedTensorSchema),
  weights: v.optional(v.array(WeightErrorSchema)),
  /** Most harmful first: the measured ones by what was measured, then the others by their estimate. */
  sensitivity: v.optional(v.array(SensitivitySchema)),
  /** Only what a job hands over; a project keeps it in a file of its own (`runs.channels`). */
  channels: v.optional(v.array(ChannelErrorsSchema)),
  /** Tensors of the float model that have no counterpart in the quantized one. */
  unmatched: v.array(v.string()),
  warnings: v.array(ProblemSchema),
  provenance: ProvenanceSchema,
});
export type DiagnoseResult = v.InferOutput<typeof DiagnoseResultSchema>;

/** The distribution of one activation, from the statistics of a run. */
export const HistogramSchema = v.object({
  /** Left edge of bin 0; bin i covers [start + i·width, start + (i+1)·width). */
  start: v.number(),
  width: v.number(),
  counts: v.instance(Float64Array),
  /** Share of the values that was counted (1 = all); min and max below are always exact. */
  sampled: v.number(),
});
export type Histogram = v.InferOutput<typeof HistogramSchema>;

export const TensorStatisticsSchema = v.object({
  name: v.string(),
  min: v.number(),
  max: v.number(),
  mean: v.number(),
  std: v.number(),
  /** Values seen. */
  count: v.number(),
  histogram: HistogramSchema,
});
export type TensorStatistics = v.InferOutput<typeof TensorStatisticsSchema>;

/** How much of a tensor its quantization is going to cost, from its distribution alone. */
export const PredictedErrorSchema = v.object({
  tensor: v.string(),
  /** Node that makes it and its operator; empty for an input of the model. */
  node: v.string(),
  op: v.string(),
  /** Chosen range. */
  min: v.number(),
  max: v.number(),
  /** 10·log10(Σx² / Σ(x−q)²); null without signal, or without any error. */
  sqnrDb: v.nullable(v.number()),
  /** Percent of the values outside the range. */
  clipped: v.number(),
});
export type PredictedError = v.InferOutput<typeof PredictedErrorSchema>;

/** What follows from a recipe before any image is touched. */
export const PlanPreviewSchema = v.object({
  /** In the order of the graph; null until statistics of this model are known from an earlier run. */
  predicted: v.nullable(v.array(PredictedErrorSchema)),
  nodes: v.object({ integer: v.number(), float: v.number() }),
  placements: v.array(PlacementSchema),
  sizeBytes: v.object({ float: v.number(), estimated: v.number() }),
  warnings: v.array(ProblemSchema),
});
export type PlanPreview = v.InferOutput<typeof PlanPreviewSchema>;

/** All of one run: what the Evidence screen reads. */
export const RunResultSchema = v.object({
  quantize: QuantizeResultSchema,
  /** The INT8 model, with the float one under `against`, on the images that did not calibrate. */
  evaluate: EvaluateResultSchema,
  diagnose: DiagnoseResultSchema,
});
export type RunResult = v.InferOutput<typeof RunResultSchema>;
