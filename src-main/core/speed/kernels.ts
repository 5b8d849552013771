/** One kernel as ONNX Runtime ran it. */
export interface Kernel {
  name: string;
  op: string;
  /** Milliseconds of one inference. */
  ms: number;
  /** Element type of its first input; null where the trace does not tell. */
  type: string | null;
  /** Tensors that it makes; empty where only the trace is known. */
  outputs: string[];
}

/** Names that ONNX Runtime's optimizers give to float operators that they changed or joined (optimizer/*.cc). */
const FLOAT_FORMS: Record<string, string> = {
  FusedConv: 'Conv',
  NhwcFusedConv: 'Conv',
  FusedGemm: 'Gemm',
  FusedMatMul: 'MatMul',
  TransposeMatMul: 'MatMul',
  QGemm: 'Gemm',
  ConvInteger: 'Conv',
  MatMulInteger: 'MatMul',
  MatMulIntegerToFloat: 'MatMul',
  DynamicQuantizeMatMul: 'MatMul',
  DynamicQuantizeLSTM: 'LSTM',
  MatMulNBits: 'MatMul',
  GatherBlockQuantized: 'Gather',
  QuickGelu: 'Mul',
};

/** The operator of the float model that a kernel computes: Conv of QLinearConv. */
export function floatOperator(op: string): string {
  return FLOAT_FORMS[op] ?? (op.startsWith('QLinear') ? op.slice('QLinear'.length) : op);
}

export function isConversion(op: string): boolean {
  return op === 'QuantizeLinear' || op === 'DequantizeLinear' || op === 'DynamicQuantizeLinear';
}

/** Operators that change the place, shape or type of values, and compute none. */
const MOVING = new Set([
  'Cast', 'Concat', 'Constant', 'DepthToSpace', 'Dropout', 'Expand', 'Flatten', 'Gather', 'GatherElements', 'GatherND', 'Identity', 'MemcpyFromHost', 'Pad',
  'ReorderInput', 'ReorderOutput', 'Reshape', 'Shape', 'Size', 'Slice', 'SpaceToDepth', 'Split', 'Squeeze', 'Tile', 'Transpose', 'Unsqueeze',
]); // prettier-ignore

export function isMove(op: string): boolean {
  return MOVING.has(op) || isConversion(op);
}

const CODES = new Set(['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4']);

/** Whether a kernel computes with integers: one of the quantized operators, or any that takes codes. */
export function isInteger({ op, type }: Pick<Kernel, 'op' | 'type'>): boolean {
  if (isConversion(op)) return false;
  const quantized = op.startsWith('QLinear') || op.startsWith('DynamicQuantize') || /Integer(ToFloat)?$/.test(op);
  return quantized || op === 'QGemm' || op === 'MatMulNBits' || op === 'GatherBlockQuantized' || op === 'QAttention' || (type !== null && CODES.has(type));
}
