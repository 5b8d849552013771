import * as v from 'valibot';

/** A dimension: a number, the name of a dynamic one, or null when nothing is known of it. */
export const DimSchema = v.union([v.number(), v.string(), v.null()]);
export type Dim = v.InferOutput<typeof DimSchema>;

export const ELEMENT_TYPES = [
  'float32', 'float16', 'bfloat16', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64',
  'int4', 'uint4', 'bool', 'string', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'complex64', 'complex128', 'other',
] as const; // prettier-ignore
export type ElementType = (typeof ELEMENT_TYPES)[number];

export const TensorInfoSchema = v.object({
  name: v.string(),
  type: v.picklist(ELEMENT_TYPES),
  /** null: the rank is unknown. */
  shape: v.nullable(v.array(DimSchema)),
});
export type TensorInfo = v.InferOutput<typeof TensorInfoSchema>;

/** Something odd about a model, a data set or a run, in one sentence; `node` or `tensor` is where the window can lead to. */
export const ProblemSchema = v.object({
  severity: v.picklist(['error', 'warning', 'note']),
  code: v.string(),
  message: v.string(),
  node: v.optional(v.string()),
  tensor: v.optional(v.string()),
});
export type Problem = v.InferOutput<typeof ProblemSchema>;

export const NodeRowSchema = v.object({
  /** Position in the file's order, from 0. */
  index: v.number(),
  /** Never empty: unnamed nodes get `op_index`. */
  name: v.string(),
  op: v.string(),
  domain: v.string(),
  inputs: v.array(v.string()),
  outputs: v.array(v.string()),
  /** Type and shape of the first output. */
  type: v.picklist(ELEMENT_TYPES),
  shape: v.nullable(v.array(DimSchema)),
  /** Elements of the constant float inputs of this node. */
  parameters: v.number(),
  /** Multiply-accumulates for batch 1; null where the shapes are not known. */
  macs: v.nullable(v.number()),
  /** A convolution whose output channels each see one input channel; missing where inspection did not tell yet. */
  depthwise: v.optional(v.boolean()),
});
export type NodeRow = v.InferOutput<typeof NodeRowSchema>;

/** What a quantized model is made of. */
export const AuditSummarySchema = v.object({
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
});

/** What `inspect` and the Model screen show. */
export const ModelReportSchema = v.object({
  file: v.object({
    name: v.string(),
    /** Of the file itself plus its external data. */
    bytes: v.number(),
    /** Of the .onnx file; the external data has its own. */
    sha256: v.string(),
    external: v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.string() })),
  }),
  graphName: v.string(),
  producer: v.string(),
  irVersion: v.number(),
  opsets: v.array(v.object({ domain: v.string(), version: v.number() })),
  inputs: v.array(TensorInfoSchema),
  outputs: v.array(TensorInfoSchema),
  parameters: v.number(),
  macs: v.nullable(v.number()),
  operators: v.array(v.object({ op: v.string(), domain: v.string(), count: v.number() })),
  nodes: v.array(NodeRowSchema),
  quantization: v.picklist(['none', 'qdq', 'qoperator', 'dynamic']),
  /** Of a quantized model; what is wrong with it is among the problems. */
  audit: v.optional(v.nullable(AuditSummarySchema), null),
  /** Whether ONNX Runtime itself loads the file, and what it says if not. */
  runtime: v.object({ loads: v.boolean(), message: v.nullable(v.string()) }),
  problems: v.array(ProblemSchema),
});
export type ModelReport = v.InferOutput<typeof ModelReportSchema>;
