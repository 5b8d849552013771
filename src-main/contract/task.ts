import * as v from 'valibot';

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Name of an output of the model; missing: the first. */
const output = v.optional(name);

/** How the numbers of a detector's outputs become boxes. Sizes are in pixels of the model's input unless said otherwise. */
export const DecoderSchema = v.variant('kind', [
  /** [1, cells, 5 + classes] for the grids of `strides`; x, y, w, h raw, objectness and classes as probabilities. `decoded`: the grid is in the model already. */
  v.strictObject({
    kind: v.literal('yolox'),
    output,
    strides: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.minLength(1)), [8, 16, 32]),
    decoded: v.optional(v.boolean(), false),
  }),
  /** [1, n, 5 + classes]: centre x, y, width, height, objectness, classes. `normalized`: in 0…1 of the input. */
  v.strictObject({ kind: v.literal('yolov5'), output, normalized: v.optional(v.boolean(), false) }),
  /** [1, 4 + classes, n] (or transposed): centre x, y, width, height, classes; no objectness. */
  v.strictObject({ kind: v.literal('yolov8'), output, normalized: v.optional(v.boolean(), false) }),
  /**
   * Boxes [1, n, 4] and scores [1, n, classes]. `corners`: x1, y1, x2, y2; `offsets`: of the anchors in a JSON file beside the task (list of [cx, cy, w, h] in
   * 0…1), with SSD's variances. `background`: class 0 of the scores means nothing.
   */
  v.strictObject({
    kind: v.literal('ssd'),
    boxes: v.optional(name, 'boxes'),
    scores: v.optional(name, 'scores'),
    encoding: v.optional(v.picklist(['corners', 'offsets']), 'corners'),
    normalized: v.optional(v.boolean(), true),
    background: v.optional(v.boolean(), true),
    anchors: v.optional(v.array(v.tuple([v.number(), v.number(), v.number(), v.number()]))),
    variances: v.optional(v.tuple([v.number(), v.number()]), [0.1, 0.2]),
    /** The scores are logits: softmax (with background) or sigmoid comes first. */
    logits: v.optional(v.boolean(), false),
  }),
  /** After a suppression inside the model: boxes [1, n, 4], classes [1, n], scores [1, n] and perhaps their count [1]. */
  v.strictObject({
    kind: v.literal('detections'),
    boxes: name,
    classes: name,
    scores: name,
    count: v.optional(name),
    order: v.optional(v.picklist(['xyxy', 'yxyx']), 'yxyx'),
    normalized: v.optional(v.boolean(), true),
  }),
]);
export type Decoder = v.InferOutput<typeof DecoderSchema>;

/** What a model is for, and how its outputs are judged. This is `task.json` beside the data, or `--task FILE`. */
export const TaskSchema = v.variant('task', [
  v.strictObject({ task: v.literal('classification'), output }),
  v.strictObject({
    task: v.literal('detection'),
    decoder: DecoderSchema,
    /** Boxes with a lower score are not looked at: low enough for the whole curve. */
    minScore: v.optional(share, 0.01),
    /** IoU above which the weaker of two boxes of one class goes. */
    maxOverlap: v.optional(share, 0.65),
    /** Added to a label's class before it is compared with the decoder's class. */
    classOffset: v.optional(v.pipe(v.number(), v.integer()), 0),
  }),
  v.strictObject({
    task: v.literal('segmentation'),
    output,
    /** Mask values that do not count. */
    ignore: v.optional(v.array(whole), [255]),
    /** Mask value → class of the model. Missing: they are the same. */
    mapping: v.optional(v.record(v.string(), whole)),
    /** Class of the mask values that `mapping` does not name; missing: they are an error. */
    otherwise: v.optional(whole),
    /** Names by class of the model. */
    classes: v.optional(v.array(v.string())),
  }),
  /** `input`: an auto-encoder, whose output is compared with its input; `float`: only with the float model. */
  v.strictObject({ task: v.literal('regression'), output, target: v.optional(v.picklist(['input', 'float']), 'float') }),
  /** No labels: how far the model does what the float model does. */
  v.strictObject({ task: v.literal('agreement'), output }),
]);
export type Task = v.InferOutput<typeof TaskSchema>;
export type TaskName = Task['task'];
export const TASK_NAMES = ['classification', 'detection', 'segmentation', 'regression', 'agreement'] as const;
