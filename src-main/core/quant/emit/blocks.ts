import { intAttribute } from '../../onnx/attributes.ts';
import type { Node, Tensor } from '../../onnx/graph.ts';
import { fullCodes } from '../scale.ts';
import type { IntegerType } from '../types.ts';

/** Weights cut into blocks, as DequantizeLinear reads them. */
export interface Blocks {
  /** Of the dequantized weights. */
  name: string;
  /** The name to derive others from. */
  base: string;
  bits: 4 | 8;
  dims: number[];
  /** Axis that is cut. */
  axis: number;
  blockSize: number;
  codes: Tensor;
  scale: Tensor;
  zeroPoints: Tensor | undefined;
  /** Code and zero point at a position, counted from the lowest code: 0 … 2^bits − 1. */
  code(index: number): number;
  zeroPoint(index: number): number;
  /** All zero points are in the middle of the codes. */
  centred: boolean;
}

const BITS: Readonly<Record<string, 4 | 8>> = { int4: 4, uint4: 4, int8: 8, uint8: 8 };

/** null where it is not blocks of 4- or 8-bit constants. */
export function blocksBehind(dequantizer: Node, constants: ReadonlyMap<string, Tensor>): Blocks | null {
  const [codes, scale, zeroPoints] = dequantizer.inputs.map((name) => constants.get(name));
  const blockSize = intAttribute(dequantizer, 'block_size', 0);
  const bits = codes && BITS[codes.type];
  if (!codes || !scale || !bits || blockSize === 0) return null;
  const axis = intAttribute(dequantizer, 'axis', 1);
  const middle = 2 ** (bits - 1);
  const zeroPoint = zeroPoints ? fromLowest(zeroPoints, bits) : () => (fullCodes(codes.type as IntegerType).min < 0 ? middle : 0);
  const count = scale.dims.reduce((a, b) => a * b, 1);
  return {
    name: dequantizer.outputs[0] as string,
    base: codes.name.replace(/_quantized$/, ''),
    bits,
    dims: codes.dims,
    axis: axis < 0 ? axis + codes.dims.length : axis,
    blockSize,
    codes,
    scale,
    zeroPoints,
    code: fromLowest(codes, bits),
    zeroPoint,
    centred: Array.from({ length: count }, (_, i) => zeroPoint(i)).every((point) => point === middle),
  };
}

/** Raw bits of a code; turning the sign bit of a signed one over counts it from the lowest. */
function fromLowest({ type, bytes }: Tensor, bits: 4 | 8): (index: number) => number {
  const turn = fullCodes(type as IntegerType).min < 0 ? 2 ** (bits - 1) : 0;
  if (bits === 8) return (i) => (bytes[i] as number) ^ turn;
  return (i) => (((bytes[i >> 1] as number) >> ((i & 1) * 4)) & 15) ^ turn;
}

/** The same 8-bit weights with unsigned codes: everything one half of the codes higher. */
export function unsignedBlocks({ codes, zeroPoints }: Blocks): { codes: Tensor; zeroPoints: Tensor | undefined } {
  const unsigned = (tensor: Tensor): Tensor =>
    tensor.type === 'uint8' ? tensor : { ...tensor, name: `${tensor.name}_unsigned`, type: 'uint8', bytes: tensor.bytes.map((byte) => byte ^ 0x80) };
  return { codes: unsigned(codes), zeroPoints: zeroPoints && unsigned(zeroPoints) };
}

/** Rows of codes, each from a byte of its own on, low nibble first; what a row is longer than its codes is 0. */
export function packRows(rows: number, length: number, bits: 4 | 8, stride: number, code: (row: number, index: number) => number): Uint8Array {
  const bytes = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < length; i++) {
      const at = row * stride + ((i * bits) >> 3);
      bytes[at] = (bytes[at] as number) | (code(row, i) << ((i * bits) & 7));
    }
  }
  return bytes;
}
