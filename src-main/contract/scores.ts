import * as v from 'valibot';

export const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));

/** Whether a classifier is as sure as it is right: images by the probability of their answer (softmax where the outputs are no probabilities). */
export const ConfidenceSchema = v.object({
  /** Expected calibration error in points, over ten bins of equal width (Guo et al., "On Calibration of Modern Neural Networks", 2017). */
  error: v.number(),
  bins: v.array(v.object({ from: v.number(), to: v.number(), images: v.number(), confidence: percent, accuracy: percent })),
});

/** Percent; null where there is nothing to find. */
const averagePrecision = { ap: v.nullable(percent), ap50: v.nullable(percent), ap75: v.nullable(percent), recall: v.nullable(percent) };

export const DetectionScoreSchema = v.object({
  ...averagePrecision,
  /** Images with labels. */
  images: v.optional(v.number()),
  objects: v.number(),
  bySize: v.object({ small: v.nullable(percent), medium: v.nullable(percent), large: v.nullable(percent) }),
  perClass: v.array(v.object({ ...averagePrecision, class: v.number(), name: v.nullable(v.string()), objects: v.number() })),
  /** Of the objects found at IoU 0.5: mean IoU in percent, and mean distance of the centres in pixels; null where none was found. */
  localisation: v.object({ found: v.number(), iou: v.nullable(percent), offset: v.nullable(v.number()) }),
});

export const SegmentationScoreSchema = v.object({
  /** Images with a mask. */
  images: v.optional(v.number()),
  /** Pixels that counted. */
  pixels: v.number(),
  miou: v.nullable(percent),
  accuracy: v.nullable(percent),
  /** `images`: in whose mask the class occurs. */
  perClass: v.array(v.object({ class: v.number(), name: v.nullable(v.string()), images: v.optional(v.number()), pixels: v.number(), iou: percent })),
});

export const RegressionScoreSchema = v.object({
  /** Against the target (the input of an auto-encoder, or the float model's output). */
  target: v.picklist(['input', 'float']),
  mse: v.number(),
  /** Mean of output minus target: a shift that no single image shows. */
  bias: v.number(),
  maxAbs: v.number(),
});

/** The one number that stands for a model's quality. Percent where `higher`; an error otherwise. */
export const HeadlineSchema = v.object({
  metric: v.picklist(['top-1', 'mAP', 'mIoU', 'MSE', 'agreement', 'SQNR']),
  unit: v.picklist(['%', 'dB', '']),
  /** Whether more is better. */
  higher: v.boolean(),
  value: v.nullable(v.number()),
  /** Of the float model on the same images; null where the metric compares with it. */
  float: v.nullable(v.number()),
});
export type Headline = v.InferOutput<typeof HeadlineSchema>;
