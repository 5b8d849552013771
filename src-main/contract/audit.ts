import * as v from 'valibot';
import { AuditSummarySchema, ProblemSchema } from './model.ts';
import { PlacementSchema, QuantizedTensorSchema } from './results.ts';

/** What is to be said of a model that was quantized elsewhere, from the file alone. */
export const AuditReportSchema = v.object({
  summary: AuditSummarySchema,
  /** The worst first. */
  findings: v.array(ProblemSchema),
  placements: v.array(PlacementSchema),
  tensors: v.array(QuantizedTensorSchema),
});
export type AuditReport = v.InferOutput<typeof AuditReportSchema>;
