import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16384));
const channelValues = v.pipe(v.array(v.pipe(v.number(), v.finite())), v.minLength(1), v.maxLength(4));
const filter = v.optional(v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos3']), 'bilinear');

const ResizeSchema = v.union(
  [
    v.strictObject({ shortSide: count, filter }),
    v.strictObject({ width: count, height: count, filter }),
    v.strictObject({
      /** Scaled to fit into [width, height] with its proportions kept; the rest is filled with `pad` (0…255). */
      fit: v.tuple([count, count]),
      anchor: v.optional(v.picklist(['top-left', 'center']), 'center'),
      pad: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(255)), 0),
      filter,
    }),
  ],
  'must be one of {shortSide}, {width, height} or {fit, anchor, pad}',
);

/**
 * How an image becomes the model's input, applied in the order of the fields: crop → resize → centerCrop → colour and layout →
 * (pixel·scale − mean) / std, with pixel in 0…255 and mean/std in the order of `color`. This is `preprocess.json`.
 */
export const PreprocessSchema = v.strictObject({
  /** A central square of that fraction of the short side. */
  crop: v.optional(v.strictObject({ fraction: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)) })),
  resize: v.optional(ResizeSchema),
  /** [width, height] in pixels. */
  centerCrop: v.optional(v.tuple([count, count])),
  color: v.picklist(['RGB', 'BGR', 'gray']),
  layout: v.picklist(['NCHW', 'NHWC']),
  scale: v.optional(v.pipe(v.number(), v.finite()), 1),
  mean: v.optional(channelValues, [0]),
  std: v.optional(
    v.pipe(
      channelValues,
      v.everyItem((value) => value !== 0, 'must not contain 0'),
    ),
    [1],
  ),
  /** Element type of the input tensor; integers are rounded half to even and clipped. */
  type: v.optional(v.picklist(['float32', 'uint8', 'int8']), 'float32'),
  /** Added to a label before it is compared with the output's index. */
  labelOffset: v.optional(v.pipe(v.number(), v.integer()), 0),
});
export type Preprocess = v.InferOutput<typeof PreprocessSchema>;
export type Resize = NonNullable<Preprocess['resize']>;
