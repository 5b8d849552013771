import * as v from 'valibot';
import { ProblemSchema } from './model.ts';
import { PlacementSchema, QuantizedTensorSchema } from './results.ts';

/** What is to be said of a model that was quantized elsewhere, from the file alone. */
export const AuditReportSchema = v.object({
  summary: v.object({
    form: v.picklist(['none', 'qdq', 'qoperator', 'dynamic']),
    /** QuantizeLinear and DequantizeLinear nodes. */
    quantizeNodes: v.number(),
    dequantizeNodes: v.number(),
    /** Of the nodes that compute: all but those two. */
    nodes: v.object({ integer: v.number(), float: v.number(), fused: v.number() }),
    /** Percent of them that are not float. */
    share: v.number(),
    activationTypes: v.array(v.string()),
    weightTypes: v.array(v.string()),
    /** Weights with a scale for each channel or block, and with one for all. */
    weights: v.object({ perChannel: v.number(), perTensor: v.number() }),
  }),
  /** The worst first. */
  findings: v.array(ProblemSchema),
  placements: v.array(PlacementSchema),
  tensors: v.array(QuantizedTensorSchema),
});
export type AuditReport = v.InferOutput<typeof AuditReportSchema>;
