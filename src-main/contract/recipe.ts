import * as v from 'valibot';

/** Seed of the data folder's order; `none` keeps the sorted order. */
export const SeedSchema = v.union([v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)), v.literal('none')]);
export type Seed = v.InferOutput<typeof SeedSchema>;

/** What the user decides about a quantization. Everything else follows from the model and the target's rule table. */
export const RecipeSchema = v.strictObject({
  format: v.optional(v.picklist(['qdq']), 'qdq'),
  activations: v.optional(v.picklist(['uint8', 'int8']), 'uint8'),
  weights: v.optional(v.picklist(['int8', 'uint8']), 'int8'),
  granularity: v.optional(v.picklist(['per-channel', 'per-tensor']), 'per-channel'),
  symmetricActivations: v.optional(v.boolean(), false),
  /** How the range of an activation follows from what was observed: its ends (minmax), or what costs the least squared error (mse). */
  range: v.optional(v.picklist(['mse', 'minmax']), 'mse'),
  /** How many images calibrate: the first of the shuffled order. */
  samples: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)), 100),
  seed: v.optional(SeedSchema, 0),
  /** Node names or regular expressions (matching the whole name); those nodes stay float. */
  exclude: v.optional(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(500))), []),
});
export type Recipe = v.InferOutput<typeof RecipeSchema>;

export const DEFAULT_RECIPE: Recipe = v.parse(RecipeSchema, {});
