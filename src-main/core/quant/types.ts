import type { Problem } from '../../contract/model.ts';
import type { Codes, IntegerType } from '../../contract/recipe.ts';
import type { Placement } from '../../contract/results.ts';
import type { Model } from '../onnx/graph.ts';
import type { TargetRules } from './rules/rule.ts';

export type { Codes, IntegerType };

/** Element types of quantized constants; biases are int32. */
export type CodeType = IntegerType | 'int32';

/** How one tensor is to be quantized. The plan alone decides it; nothing later second-guesses it. */
export interface Scheme {
  type: IntegerType;
  symmetric: boolean;
  /** Channel axis for per-channel, the axis that is cut into blocks for per-block, null for per-tensor. */
  axis: number | null;
  codes: Codes;
  /** Values along `axis` that share a scale; null: all of a channel do. */
  blockSize: number | null;
  /** `nbits`: blocks have the numbers of ONNX Runtime's quantizer for MatMulNBits (see block-codes.ts) instead of those of everything else. */
  arithmetic?: 'nbits';
}

/** Decided by somebody who knows (an override, a trained model) instead of observed. */
export type Given = { scale: number; zeroPoint: number } | { min: number; max: number };

export interface PlannedActivation {
  name: string;
  scheme: Scheme;
  /**
   * Where its range is from: `observed` (of the tensors named `observe`: itself, or the output of the activation fused behind it, or all of a group that
   * has to share its parameters), `fixed` (known from the operator, e.g. Softmax), `given` by the user or by a trained model, or `shared` (the parameters
   * of another tensor, e.g. MaxPool's input).
   */
  range:
    | { from: 'observed'; observe: readonly string[] }
    | { from: 'fixed'; min: number; max: number; by: string }
    | { from: 'given'; given: Given; by: string }
    | { from: 'shared'; with: string };
}

export interface PlannedWeight {
  /** Name of the constant. */
  name: string;
  scheme: Scheme;
  /** Nodes that use it in integers. */
  nodes: string[];
  /** Axis of the output channels, also where the scheme is per-tensor; null for constants without channels (element-wise ones). */
  channelAxis: number | null;
  given: { given: Given; by: string } | null;
}

export interface PlannedBias {
  /** Name of the constant, and the node that it belongs to (a shared bias is planned once per node). */
  name: string;
  node: string;
  /** bias scale = scale(input) · scale(weight) · alpha, the unit in which the integer kernel accumulates; alpha is Gemm's and 1 elsewhere. */
  input: string;
  weight: string;
  alpha: number;
  /** Gemm's beta: multiplied into the values, and set to 1 in the plan's model. 1 elsewhere. */
  beta: number;
  /** Output channels of the node; a bias with one value for all of them is repeated. */
  channels: number;
}

/** What becomes of every node and tensor of a prepared model. */
export interface Plan {
  /** Float and prepared: opset ≥ 13, BatchNorm and constants folded, shapes known. The `observed` tensors are looked at in this one. */
  prepared: Model;
  /** The same without the activation functions that vanish in quantization (the producer takes over the name of their output), and with Gemm's beta at 1. */
  model: Model;
  /** The table that decided. */
  target: TargetRules;
  placements: Placement[];
  activations: PlannedActivation[];
  weights: PlannedWeight[];
  /** Weights that are kept in half precision instead. */
  halfWeights: string[];
  biases: PlannedBias[];
  /** Whether the model takes and gives float values or bare codes. */
  io: { inputs: 'float' | 'quantized'; outputs: 'float' | 'quantized' };
  /** The tensors that must be observed in the float model, each once: only what needs a range. */
  observed: string[];
  warnings: Problem[];
}

/** Scales and zero points: length 1 for per-tensor, C for per-channel; per block row-major in the shape of the tensor with `axis` cut into blocks. */
export interface Parameters {
  type: CodeType;
  axis: number | null;
  blockSize: number | null;
  symmetric: boolean;
  arithmetic?: 'nbits';
  /** float32 values; negative ones among those of `nbits`. */
  scale: Float32Array;
  zeroPoint: Int32Array;
  /** Real-valued range covered, as chosen. */
  min: Float64Array;
  max: Float64Array;
  /** For people: 'observed', 'fixed by Softmax', 'shared with T', 'weights'. */
  origin: string;
}

export interface QuantizedConstant {
  name: string;
  parameters: Parameters;
  dims: number[];
  /** As ONNX keeps them: little-endian, 4-bit codes two a byte with the low nibble first. */
  bytes: Uint8Array;
  /** Weights: greatest over smallest channel absolute maximum, all-zero channels left out. */
  channelRangeRatio?: number;
  /** Weights: how many channels are all zero. */
  zeroChannels?: number;
}

/** The plan with all its numbers: what every emitter writes. */
export interface QuantizedGraph {
  plan: Plan;
  activations: Map<string, Parameters>;
  weights: Map<string, QuantizedConstant>;
  /** By `bias name` + '\n' + `node name`. */
  biases: Map<string, QuantizedConstant>;
  warnings: Problem[];
}
