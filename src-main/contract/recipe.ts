import * as v from 'valibot';

/** Seed of the data folder's order; `none` keeps the sorted order. */
export const SeedSchema = v.union([v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)), v.literal('none')]);
export type Seed = v.InferOutput<typeof SeedSchema>;

/** Integer types that tensors are coded in. */
export const INTEGER_TYPES = ['uint8', 'int8', 'uint16', 'int16', 'uint4', 'int4'] as const;
export type IntegerType = (typeof INTEGER_TYPES)[number];

/**
 * Which codes a range is spread over: all of the type (`full`), all but the lowest of a signed symmetric one so that zero is in the middle (`restricted`),
 * or half of them (`reduced`, 7 bits of 8) so that two products fit into the 16-bit sums of x86 processors without VNNI.
 */
export const CODES = ['restricted', 'full', 'reduced'] as const;
export type Codes = (typeof CODES)[number];

const finite = v.pipe(v.number(), v.finite());
const isFloat32 = (value: number): boolean => Number.isFinite(Math.fround(value));

/** What a recipe says of one tensor; all else stays as for the others. */
export const OverrideSchema = v.pipe(
  v.strictObject({
    type: v.optional(v.picklist(INTEGER_TYPES)),
    symmetric: v.optional(v.boolean()),
    granularity: v.optional(v.picklist(['per-channel', 'per-tensor'])),
    codes: v.optional(v.picklist(CODES)),
    /** The range to be covered, instead of the observed one. */
    min: v.optional(finite),
    max: v.optional(finite),
    /** A model stores it as float32, where 1e-60 would be 0 and 1e60 infinite. */
    scale: v.optional(
      v.pipe(
        finite,
        v.check((scale) => Math.fround(scale) > 0 && isFloat32(scale), 'must be above 0, and a number that float32 can hold'),
      ),
    ),
    zeroPoint: v.optional(v.pipe(v.number(), v.integer())),
  }),
  v.check(({ min, max }) => (min === undefined) === (max === undefined), 'needs both "min" and "max" for a range'),
  v.check(({ min = 0, max = 0 }) => min <= max, 'has its "min" above its "max"'),
  v.check(({ min = 0, max = 0 }) => min <= 0 && max >= 0, 'has a range without zero, which always has a code of its own'),
  v.check(({ min = 0, max = 0 }) => isFloat32(2 * Math.max(max, -min)), 'has a range that is too wide for a scale in float32'),
  v.check(({ scale, zeroPoint }) => (scale === undefined) === (zeroPoint === undefined), 'needs "scale" and "zeroPoint" together'),
  v.check(({ min, scale }) => min === undefined || scale === undefined, 'has a range and a scale, and can only have one of them'),
);
export type Override = v.InferOutput<typeof OverrideSchema>;

/** What the user decides about a quantization. Everything else follows from the model and the target's rule table. */
export const RecipeSchema = v.strictObject({
  /**
   * How the result is written: float operators between Q/DQ pairs (qdq), integer operators (qoperator), integer operators that find the range of their
   * input while they run (dynamic), integer weights behind a float model (weight-only), or half precision (float16).
   */
  format: v.optional(v.picklist(['qdq', 'qoperator', 'dynamic', 'weight-only', 'float16']), 'qdq'),
  activations: v.optional(v.picklist(['uint8', 'int8', 'uint16', 'int16', 'float']), 'uint8'),
  weights: v.optional(v.picklist(['int8', 'uint8', 'int16', 'int4', 'uint4', 'float16']), 'int8'),
  granularity: v.optional(v.picklist(['per-channel', 'per-tensor']), 'per-channel'),
  /** Values along the input axis of a matrix that share a scale, instead of a whole channel; null: no blocks. */
  blockSize: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(65536))), null),
  symmetricActivations: v.optional(v.boolean(), false),
  /** null: symmetric where the type is signed or there is a scale per channel. */
  symmetricWeights: v.optional(v.nullable(v.boolean()), null),
  weightCodes: v.optional(v.picklist(CODES), 'restricted'),
  /** How the range of an activation follows from what was observed: see docs/guide.md. */
  range: v.optional(v.picklist(['mse', 'minmax', 'moving-average', 'percentile', 'entropy', 'octav']), 'mse'),
  /** Percent of the values that the range `percentile` keeps. */
  percentile: v.optional(v.pipe(v.number(), v.minValue(50), v.maxValue(100)), 99.999),
  /** How many images calibrate: the first of the shuffled order. */
  samples: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)), 100),
  seed: v.optional(SeedSchema, 0),
  /** Node names or regular expressions (matching the whole name); those nodes stay float. */
  exclude: v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(500))), []),
  /** Operators (Softmax, Resize, …) that stay float. */
  excludeOps: v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100))), []),
  /** By tensor name. */
  overrides: v.optional(v.record(v.string(), OverrideSchema), {}),
  /** What the model takes and gives: float, or the bare codes (float16: half precision) with the Q/DQ at the edge removed. */
  inputType: v.optional(v.picklist(['float', 'quantized']), 'float'),
  outputType: v.optional(v.picklist(['float', 'quantized']), 'float'),
  /** weight-only: standard DequantizeLinear, or the operators MatMulNBits and GatherBlockQuantized of com.microsoft where they apply. */
  weightOnlyForm: v.optional(v.picklist(['dequantize', 'contrib']), 'dequantize'),
  /** Whose rules decide which nodes are integer and which tensors share parameters. */
  target: v.optional(v.picklist(['onnxruntime', 'tflite']), 'onnxruntime'),
  /**
   * A model that is quantized already: refuse it; keep it as it is; dequantize it and quantize it anew within the ranges that its activations had
   * (keep-ranges: what training has found); or dequantize it and observe ranges anew.
   */
  quantizedInput: v.optional(v.picklist(['refuse', 'keep', 'keep-ranges', 'dequantize']), 'refuse'),
  /** The numbers of ONNX Runtime's Python tool, its defects included. */
  ortParity: v.optional(v.boolean(), false),
});
export type Recipe = v.InferOutput<typeof RecipeSchema>;

/** Whether the ranges of activations have to be observed on images; without, images only serve to look for overflows of half precision. */
export function needsImages({ format }: Pick<Recipe, 'format'>): boolean {
  return format === 'qdq' || format === 'qoperator';
}

export const DEFAULT_RECIPE: Recipe = v.parse(RecipeSchema, {});
