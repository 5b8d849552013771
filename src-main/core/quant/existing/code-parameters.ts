import { intAttribute } from '../../onnx/attributes.ts';
import { elementTypeOf } from '../../onnx/element-types.ts';
import type { ElementType, Node, Tensor } from '../../onnx/graph.ts';
import { elementCount, floatsOf, floatTensor, intsOf } from '../../onnx/tensor.ts';
import { codeBuffer, unpackCodes } from '../codes.ts';
import { forEachRun, scaleLayout } from '../scale-layout.ts';
import { encode, fullCodes } from '../scale.ts';
import type { CodeType } from '../types.ts';

/** What the codes of a tensor in a quantized model stand for: value = (code − zero point) · scale. */
export interface CodeParameters {
  type: CodeType;
  /** One, or one for each channel or block. */
  scale: Float32Array;
  zeroPoint: Int32Array;
  axis: number | null;
  blockSize: number | null;
}

const CODE_TYPES = new Set<string>(['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4', 'int32'] satisfies CodeType[]);

export function isCodeType(type: ElementType | null): type is CodeType {
  return type !== null && CODE_TYPES.has(type);
}

/**
 * @param zeroPoint left out: 0
 * @param axis of scales that are more than one; a single scale is for the whole tensor
 * @returns null for scales that are computed while the model runs
 */
export function codeParameters(
  type: CodeType,
  scale: Tensor | undefined,
  zeroPoint: Tensor | undefined,
  axis: number,
  blockSize: number | null = null,
): CodeParameters | null {
  if (!scale) return null;
  const scales = floatsOf(scale);
  const zeros = zeroPoint ? Int32Array.from(intsOf(zeroPoint)) : new Int32Array(1);
  const single = scales.length === 1 && blockSize === null;
  return {
    type,
    scale: scales,
    zeroPoint: zeros.length === scales.length ? zeros : new Int32Array(scales.length).fill(zeros[0] ?? 0),
    axis: single ? null : axis,
    blockSize: single ? null : blockSize,
  };
}

/**
 * Parameters of a QuantizeLinear or DequantizeLinear.
 * @param codes type of the codes that a DequantizeLinear reads, as far as it is known; the zero point says it otherwise
 */
export function parametersOf(node: Node, constant: (name: string | undefined) => Tensor | undefined, codes: ElementType | null): CodeParameters | null {
  const zeroPoint = constant(node.inputs[2]);
  if (node.inputs[2] && !zeroPoint) return null;
  const stated = elementTypeOf(intAttribute(node, 'output_dtype', 0));
  const type = isCodeType(codes) ? codes : (zeroPoint?.type ?? (stated === 'other' ? 'uint8' : stated));
  if (!isCodeType(type)) return null;
  return codeParameters(type, constant(node.inputs[1]), zeroPoint, intAttribute(node, 'axis', 1), intAttribute(node, 'block_size', 0) || null);
}

/** Axis counted from the front for a tensor of a rank. */
export function withRank(p: CodeParameters, rank: number): CodeParameters {
  return p.axis !== null && p.axis < 0 ? { ...p, axis: p.axis + rank } : p;
}

export function sameParameters(a: CodeParameters, b: CodeParameters): boolean {
  const same = (x: Float32Array | Int32Array, y: Float32Array | Int32Array): boolean => x.length === y.length && x.every((value, i) => value === y[i]);
  return a.type === b.type && same(a.scale, b.scale) && same(a.zeroPoint, b.zeroPoint) && (a.scale.length === 1 || a.axis === b.axis);
}

/** Real values of integer weights or biases, computed as DequantizeLinear does: the difference exact, the product in float32. */
export function decodeConstant(name: string, codes: Tensor, parameters: CodeParameters): Tensor {
  const p = withRank(parameters, codes.dims.length);
  const integers = unpackCodes(p.type, codes.bytes, elementCount(codes.dims));
  const values = new Float32Array(integers.length);
  forEachRun(scaleLayout(codes.dims, p), (from, to, index) => {
    const [scale, zeroPoint] = [p.scale[index] as number, p.zeroPoint[index] as number];
    for (let i = from; i < to; i++) values[i] = ((integers[i] as number) - zeroPoint) * scale;
  });
  return floatTensor(name, codes.dims, values);
}

/** Codes of float weights that the model itself quantizes whenever it runs. */
export function encodeConstant(name: string, floats: Tensor, parameters: CodeParameters): Tensor {
  const p = withRank(parameters, floats.dims.length);
  const values = floatsOf(floats);
  const buffer = codeBuffer(p.type, values.length);
  const codes = fullCodes(p.type);
  forEachRun(scaleLayout(floats.dims, p), (from, to, index) => {
    for (let i = from; i < to; i++) buffer.set(i, encode(values[i] as number, p.scale[index] as number, p.zeroPoint[index] as number, codes));
  });
  return { name, type: p.type, dims: floats.dims, bytes: buffer.bytes };
}
