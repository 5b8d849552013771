import * as v from 'valibot';
import { SkippedSchema } from './data.ts';
import { ProblemSchema } from './model.ts';
import { RecipeSchema } from './recipe.ts';

const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const positions = v.pipe(v.number(), v.integer(), v.minValue(0));
/** dB; null when there is no error at all or no signal. */
const decibels = v.nullable(v.number());

/** The class and its score as the model gives it. */
export const ScoredClassSchema = v.object({ class: v.number(), name: v.nullable(v.string()), score: v.number() });

/** What quantization did to one image. */
export const ImageDamageSchema = v.object({
  /** In the sorted list of the data set's items. */
  position: positions,
  file: v.string(),
  label: v.nullable(v.number()),
  /** The higher the worse, comparable within one result only; 0: the two models do the same. */
  damage: v.number(),
  /** Against the truth (or, without labels, against float): lost: float right, quantized wrong; gained: the other way; changed: both wrong, differently. */
  change: v.picklist(['lost', 'gained', 'changed', 'same']),
  /** One sentence: "float: tabby 0.81, INT8: tiger cat 0.55". */
  what: v.string(),
});
export type ImageDamage = v.InferOutput<typeof ImageDamageSchema>;

/** Distribution of measured times, ms. */
export const TimesSchema = v.object({ median: v.number(), p95: v.number(), least: v.number(), most: v.number(), count: v.number() });

/** One model's speed on this machine. */
export const ModelSpeedSchema = v.object({
  times: TimesSchema,
  imagesPerSecond: v.number(),
  /** From the file to a session that can run. */
  loadMs: v.number(),
  /** Highest resident memory while it was loaded and run, above what the process had before; null where the system does not tell. */
  peakBytes: v.nullable(v.number()),
  /** By operator as ONNX Runtime ran them, slowest first; `ms` per inference, `share` in percent of all kernels. */
  operators: v.array(v.object({ op: v.string(), count: v.number(), ms: v.number(), share: v.number() })),
});
export type ModelSpeed = v.InferOutput<typeof ModelSpeedSchema>;

/** What became of one node of the model in ONNX Runtime. */
export const NodeSpeedSchema = v.object({
  node: v.string(),
  /** In the float model. */
  op: v.string(),
  /** Kernel that ran: "QLinearConv", "Conv", …; null: it was folded into another. */
  kernel: v.nullable(v.string()),
  /**
   * integer: an integer kernel; float: float between DequantizeLinear and QuantizeLinear; moved: only moves or converts values; fused: part of another;
   * unknown: ONNX Runtime ran it under a name that does not lead back to it.
   */
  ran: v.picklist(['integer', 'float', 'moved', 'fused', 'unknown']),
  /** Whether the recipe wanted integers; null where that is not known. */
  wanted: v.nullable(v.picklist(['integer', 'float'])),
  ms: v.nullable(v.number()),
  floatMs: v.nullable(v.number()),
  /** Of its constants, in the two files. */
  bytes: v.nullable(v.number()),
  floatBytes: v.nullable(v.number()),
});
export type NodeSpeed = v.InferOutput<typeof NodeSpeedSchema>;

/** Float and quantized, measured alternately in one job. */
export const SpeedSchema = v.object({
  threads: v.number(),
  warmUp: v.number(),
  float: v.nullable(ModelSpeedSchema),
  quantized: ModelSpeedSchema,
  /** In the order of the graph. */
  nodes: v.array(NodeSpeedSchema),
  /** QuantizeLinear and DequantizeLinear that really ran. */
  conversions: v.object({ count: v.number(), ms: v.number() }),
  /** Traps with their explanation, such as `speed-s8s8`: wanted as integers, ran in float. */
  findings: v.array(ProblemSchema),
});
export type Speed = v.InferOutput<typeof SpeedSchema>;

/** One preprocessing that was tried instead of the given one. */
export const TrialSchema = v.object({
  /** "BGR instead of RGB". */
  change: v.string(),
  /** The whole preprocessing (`PreprocessSchema`), ready to be saved. */
  preprocess: v.unknown(),
  top1: percent,
  images: v.number(),
});
export type Trial = v.InferOutput<typeof TrialSchema>;

/** Error of one weight, of all and by output channel. */
export const WeightErrorSchema = v.object({
  name: v.string(),
  node: v.string(),
  op: v.string(),
  type: v.string(),
  granularity: v.picklist(['per-tensor', 'per-channel', 'per-block']),
  sqnrDb: decibels,
  /** By output channel. */
  channelSqnrDb: v.array(decibels),
  worstChannel: v.nullable(v.number()),
  /** Greatest over smallest absolute maximum of the channels, all-zero ones left out. */
  rangeRatio: v.nullable(v.number()),
});
export type WeightError = v.InferOutput<typeof WeightErrorSchema>;

/** Effect of one layer's own quantization (its weight and its output) on the model's output, everything else float. */
export const SensitivitySchema = v.object({
  node: v.string(),
  op: v.string(),
  /** Position in the float graph. */
  index: v.number(),
  /** Estimated from local errors propagated along the graph: SQNR that the output would have, dB. */
  estimateDb: decibels,
  /** Measured with only this layer quantized; null where it was only estimated. `changed`: percent of the images with another answer (null: no classes). */
  measured: v.nullable(v.object({ outputSqnrDb: decibels, changed: v.nullable(percent), images: v.number() })),
});
export type Sensitivity = v.InferOutput<typeof SensitivitySchema>;

/** Channels of one tensor: cumulative error and range of the float values. */
export const ChannelErrorsSchema = v.object({
  tensor: v.string(),
  node: v.string(),
  op: v.string(),
  axis: v.number(),
  sqnrDb: v.array(decibels),
  min: v.array(v.number()),
  max: v.array(v.number()),
});
export type ChannelErrors = v.InferOutput<typeof ChannelErrorsSchema>;

/** A box with its class, in pixels of the upright image. */
export const SeenBoxSchema = v.object({
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  class: v.number(),
  name: v.nullable(v.string()),
  /** null: of the truth. */
  score: v.nullable(v.number()),
});
export type SeenBox = v.InferOutput<typeof SeenBoxSchema>;

/** A class for each pixel of a picture that may be smaller than the image, row by row. */
export const ClassMapSchema = v.object({ width: v.number(), height: v.number(), classes: v.instance(Uint8Array) });

/** Everything about one image and two models. */
export const ImageComparisonSchema = v.object({
  position: positions,
  file: v.string(),
  label: v.nullable(v.number()),
  labelName: v.nullable(v.string()),
  /** The upright image, at most 768 pixels on its longer side; null for feature data. `width` and `height` are of the whole image. */
  image: v.nullable(v.object({ jpeg: v.instance(Uint8Array), width: v.number(), height: v.number() })),
  truth: v.object({ boxes: v.nullable(v.array(SeenBoxSchema)), mask: v.nullable(ClassMapSchema) }),
  float: v.object({ top: v.nullable(v.array(ScoredClassSchema)), boxes: v.nullable(v.array(SeenBoxSchema)), mask: v.nullable(ClassMapSchema) }),
  quantized: v.object({ top: v.nullable(v.array(ScoredClassSchema)), boxes: v.nullable(v.array(SeenBoxSchema)), mask: v.nullable(ClassMapSchema) }),
  /** Names of classes of masks, by index. */
  classes: v.array(v.string()),
  /** Of this image alone, in the order of the graph: cumulative SQNR of every tensor. */
  path: v.array(v.object({ tensor: v.string(), node: v.string(), op: v.string(), sqnrDb: decibels })),
  /** The tensor where the two models first part: SQNR below 10 dB, else the steepest fall; null when they never do. */
  parts: v.nullable(v.object({ tensor: v.string(), node: v.string(), why: v.string() })),
});
export type ImageComparison = v.InferOutput<typeof ImageComparisonSchema>;

/** What each range method would choose for one tensor, from its distribution, and what that costs. */
export const RangeChoiceSchema = v.object({
  method: v.picklist(['mse', 'minmax', 'moving-average', 'percentile', 'entropy', 'octav', 'chosen', 'tried']),
  min: v.number(),
  max: v.number(),
  scale: v.number(),
  zeroPoint: v.number(),
  sqnrDb: decibels,
  /** Percent of the values outside. */
  clipped: v.number(),
  /** Codes that no value got, and all that there are. */
  deadLevels: v.number(),
  levels: v.number(),
});
export type RangeChoice = v.InferOutput<typeof RangeChoiceSchema>;

/** Distribution of a constant that was quantized. */
export const WeightDistributionSchema = v.object({
  name: v.string(),
  dims: v.array(v.number()),
  channelAxis: v.nullable(v.number()),
  /** Ranges by channel. */
  min: v.array(v.number()),
  max: v.array(v.number()),
  histogram: v.object({ start: v.number(), width: v.number(), counts: v.instance(Float64Array) }),
  deadLevels: v.nullable(v.number()),
  levels: v.nullable(v.number()),
  zeroShare: percent,
});
export type WeightDistribution = v.InferOutput<typeof WeightDistributionSchema>;

const named = { position: positions, file: v.string() };

/** Whether the images that calibrate are enough, and which of them matter. */
export const DoctorResultSchema = v.object({
  /** That calibrate, and of the whole data set. */
  images: v.number(),
  total: v.number(),
  skipped: v.array(SkippedSchema),
  /** One sentence, and what it rests on. */
  verdict: v.object({ level: v.picklist(['ok', 'warning', 'bad', 'unknown']), message: v.string() }),
  /** Ranges of random subsets as shares (percent) of the range of all: over tensors and draws. */
  sizes: v.array(v.object({ images: v.number(), draws: v.number(), median: v.number(), p5: v.number(), least: v.number(), leastTensor: v.string() })),
  /** Accuracy with half and with all of the images calibrating, on images that calibrate neither. Empty where it was not asked for or has no labels. */
  accuracy: v.array(v.object({ images: v.number(), metric: v.string(), value: v.number(), evaluated: v.number() })),
  /** By tensor, in the order of the graph: which image sets each end, and the range without it. */
  tensors: v.array(
    v.object({
      tensor: v.string(),
      min: v.number(),
      max: v.number(),
      minBy: v.object(named),
      maxBy: v.object(named),
      /** Without the image that sets it. */
      minWithout: v.number(),
      maxWithout: v.number(),
      /** Percent by which the range shrinks without the one image that matters most to it. */
      influence: v.number(),
    }),
  ),
  /** Images by how many ends they set, most first; `shrink`: greatest influence on any tensor, percent. */
  setters: v.array(v.object({ ...named, ends: v.number(), shrink: v.number() })),
  /** Far from the rest: robust distance (deviations) of their activations' ranges and means, farthest first. */
  outliers: v.array(v.object({ ...named, distance: v.number(), tensor: v.string() })),
  classes: v.nullable(v.object({ present: v.number(), known: v.number(), missing: v.array(v.object({ class: v.number(), name: v.nullable(v.string()) })) })),
  /** Calibration against the other images of the data set: Kolmogorov–Smirnov distance of the inputs' means and deviations; null without others. */
  mismatch: v.nullable(
    v.object({ others: v.number(), mean: v.number(), deviation: v.number(), threshold: v.number(), differs: v.boolean(), message: v.string() }),
  ),
  /** Inputs with more than 5 percent of their values at the end of what pixels can be. */
  saturated: v.array(v.object({ ...named, low: v.number(), high: v.number() })),
  /** Fewest images (greedy) whose ranges cover at least `coverage` percent of every tensor's range. */
  subset: v.object({ coverage: v.number(), images: v.array(v.object(named)) }),
  warnings: v.array(ProblemSchema),
});
export type DoctorResult = v.InferOutput<typeof DoctorResultSchema>;

/** One thing to do, with the evidence for it. */
export const AdviceSchema = v.object({
  /** Stable within a run: kind and, where several can be, what it is about. */
  id: v.string(),
  kind: v.string(),
  title: v.string(),
  /** What was seen, with its number. */
  seen: v.string(),
  /** Why it matters, in one sentence. */
  why: v.string(),
  /** Where that is from: a paper, a specification, a measurement. */
  source: v.string(),
  /** How much is to be won, in words; the list is in this order. */
  gain: v.picklist(['large', 'medium', 'small', 'unknown']),
  nodes: v.array(v.string()),
  tensors: v.array(v.string()),
  /** The recipe to run; null where no recipe mends it. */
  recipe: v.nullable(RecipeSchema),
  /** What differs in that recipe, in words. */
  change: v.nullable(v.string()),
  /** A screen where the remedy is, when it is no recipe. */
  screen: v.nullable(v.picklist(['data', 'recipe', 'runs', 'calibration', 'speed', 'images'])),
  /** Why there is no button, where the rules of the target forbid the obvious remedy. */
  forbidden: v.nullable(v.string()),
  /** Of the newest run that was started from it. */
  effect: v.nullable(
    v.object({
      runId: v.string(),
      name: v.string(),
      state: v.string(),
      /** Points of the headline metric, that run minus this one; null until it is done. */
      delta: v.nullable(v.number()),
      images: v.nullable(v.number()),
      bytes: v.nullable(v.number()),
      speedup: v.nullable(v.number()),
    }),
  ),
});
export type Advice = v.InferOutput<typeof AdviceSchema>;
