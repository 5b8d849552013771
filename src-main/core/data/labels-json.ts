import * as v from 'valibot';
import type { FeaturesSpec } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { issueText } from '../../contract/issues.ts';

/** One raw file of samples as `labels.json` beside it describes it. */
export interface DescribedFeatures {
  spec: FeaturesSpec;
  count: number;
  /** One for each sample; null without labels. */
  labels: number[] | null;
  classes: string[];
}

const LabelsJsonSchema = v.object({
  /** Of all samples: [count, …]. */
  shape: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.minLength(2)),
  dtype: v.picklist(['float32', 'int8', 'uint8']),
  /** "(q - zeroPoint) * scale". */
  dequantise: v.optional(v.string()),
  classes: v.optional(v.array(v.string()), []),
  labels: v.optional(v.array(v.pipe(v.number(), v.integer(), v.minValue(0)))),
});

const NUMBER = String.raw`[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const FORMULA = new RegExp(String.raw`^\(\s*q\s*([+-])\s*(\d+)\s*\)\s*\*\s*(${NUMBER})$`);

/** null when the file is not of this form at all. Throws `data-labels-invalid`. */
export function parseLabelsJson(text: string, where: string): DescribedFeatures | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object' || !('shape' in value) || !('dtype' in value)) return null;
  const fail = (reason: string): CalibrantError => new CalibrantError('data-labels-invalid', `The labels of ${where} cannot be read: ${reason}.`);
  const parsed = v.safeParse(LabelsJsonSchema, value);
  if (!parsed.success) throw fail(issueText(parsed.issues[0]));
  const { shape, dtype: type, dequantise, classes, labels = null } = parsed.output;
  const [count = 0, ...sample] = shape;
  const formula = dequantise === undefined ? null : FORMULA.exec(dequantise.trim());
  if (dequantise !== undefined && !formula) throw fail(`"dequantise" is "${dequantise}", and must be like "(q - 128) * 0.5"`);
  if (labels && labels.length !== count) throw fail(`it has ${labels.length} labels for ${count} samples`);
  const zeroPoint = formula ? Number(formula[2]) * (formula[1] === '-' ? 1 : -1) : 0;
  return { spec: { type, shape: sample, scale: formula ? Number(formula[3]) : 1, zeroPoint }, count, labels, classes };
}
