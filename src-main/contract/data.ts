import * as v from 'valibot';
import { ProblemSchema } from './model.ts';
import { PreprocessSchema } from './preprocess.ts';
import { SeedSchema } from './recipe.ts';
import { TaskSchema } from './task.ts';

/** Where the samples are and how they become tensors. */
export const DataSpecSchema = v.object({
  /** A folder of images, an .npy file, an idx folder, or a folder with `features.json`. */
  path: v.string(),
  /** Wins over `preprocess.json` beside the data. Absent and none beside the data: derived from the model's input, and said. */
  preprocess: v.optional(PreprocessSchema),
  seed: v.optional(SeedSchema, 0),
  /** Wins over `task.json` beside the data. Absent and none beside the data: told from labels and outputs, and said. */
  task: v.optional(TaskSchema),
});
export type DataSpec = v.InferOutput<typeof DataSpecSchema>;

/** `features.json` beside raw `.bin` files: each file is a whole number of samples of `shape`. value = (q − zeroPoint) · scale. */
export const FeaturesSpecSchema = v.strictObject({
  type: v.picklist(['float32', 'int8', 'uint8']),
  /** Of one sample, without the batch. */
  shape: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.minLength(1)),
  scale: v.optional(v.number(), 1),
  zeroPoint: v.optional(v.number(), 0),
});
export type FeaturesSpec = v.InferOutput<typeof FeaturesSpecSchema>;

/** An object in an image, in pixels of the upright image: left, top, width, height. */
export const LabelledBoxSchema = v.object({
  class: v.number(),
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  /** One box around many objects: counts neither way. */
  crowd: v.optional(v.boolean()),
  /** Of the object in pixels², where the labels know it better than by its box. */
  area: v.optional(v.number()),
});

export const DataItemSchema = v.object({
  /** Path relative to the data folder; for packed files `file#index`. */
  file: v.string(),
  /** Class index before `labelOffset`; null without a label. */
  label: v.nullable(v.number()),
  /** Detection: the objects in it; an empty list says that there are none, absence that nobody knows. */
  boxes: v.optional(v.array(LabelledBoxSchema)),
  /** Segmentation: path of its mask relative to the data folder, an 8-bit PNG whose values are classes. */
  mask: v.optional(v.string()),
});
export type DataItem = v.InferOutput<typeof DataItemSchema>;

/** A data folder as read: items in sorted order (the seed's order is applied by whoever takes samples). */
export const DataIndexSchema = v.object({
  path: v.string(),
  kind: v.picklist(['class-folders', 'labels-csv', 'images', 'idx', 'npy', 'features', 'coco', 'masks']),
  items: v.array(DataItemSchema),
  /** Names by class index; empty when none are known. */
  classes: v.array(v.string()),
  /** `preprocess.json` beside the data, if there is one. */
  preprocess: v.nullable(PreprocessSchema),
  /** `task.json` beside the data, if there is one. */
  task: v.optional(v.nullable(TaskSchema)),
  /** SHA-256 over the sorted lines "path size mtime-free-content-hash"; names the data set in every result. */
  sha256: v.string(),
  problems: v.array(ProblemSchema),
});
export type DataIndex = v.InferOutput<typeof DataIndexSchema>;

/** A sample that could not be used, and why. */
export const SkippedSchema = v.object({ file: v.string(), reason: v.string() });
export type Skipped = v.InferOutput<typeof SkippedSchema>;

/** One image on its way to the tensor, for the live strip of the Data screen. */
export const TensorPreviewSchema = v.object({
  original: v.object({ width: v.number(), height: v.number(), jpeg: v.instance(Uint8Array) }),
  /** After crop, resize and centre crop, before colour order and normalisation. */
  cropped: v.object({ width: v.number(), height: v.number(), jpeg: v.instance(Uint8Array) }),
  /** The tensor's first image: float values in the order of `layout`. */
  tensor: v.object({
    shape: v.array(v.number()),
    layout: v.picklist(['NCHW', 'NHWC']),
    values: v.instance(Float32Array),
    channels: v.array(v.object({ name: v.string(), min: v.number(), mean: v.number(), max: v.number() })),
  }),
});
export type TensorPreview = v.InferOutput<typeof TensorPreviewSchema>;
