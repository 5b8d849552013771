import type { Node, Tensor } from '../../onnx/graph.ts';
import { elementCount, floatsOf, floatTensor } from '../../onnx/tensor.ts';
import { codeParameters, decodeConstant, isCodeType } from './code-parameters.ts';
import { decodeNBits } from './nbits.ts';

type Lookup<T> = (name: string | undefined) => T | undefined;

/** A product of a float tensor with integer weights, said in floats. */
export interface FloatProduct {
  op: 'MatMul' | 'Conv';
  input: string;
  weight: Tensor;
  /** A float bias that is added behind it. */
  bias: string | null;
  attributes: Node['attributes'];
}

/**
 * What a node computes that ends an integer product of a float tensor: MatMulNBits, DynamicQuantizeMatMul, MatMulIntegerToFloat, or the Mul that scales the
 * sums of a MatMulInteger or ConvInteger.
 * @returns null for all other nodes, and for what is not constant
 */
export function floatProduct(node: Node, producer: Lookup<Node>, constant: Lookup<Tensor>): FloatProduct | null {
  const product = (op: FloatProduct['op'], input: string | undefined, weight: Tensor | null, bias?: string, attributes: Node['attributes'] = new Map()) =>
    input && weight ? { op, input, weight, bias: bias || null, attributes } : null;
  const [, b, c, d] = node.inputs;
  switch (node.op) {
    case 'MatMulNBits':
      return product('MatMul', node.inputs[0], decodeNBits(node, `${b}_float`, constant), node.inputs[5]);
    case 'DynamicQuantizeMatMul':
      return product('MatMul', node.inputs[0], weightOf(constant(b), constant(c), constant(d), 'last'), node.inputs[4]);
    case 'MatMulIntegerToFloat':
      return product('MatMul', sourceOf(node.inputs[0], producer), weightOf(constant(b), constant(d), constant(node.inputs[5]), 'last'), node.inputs[6]);
    case 'Mul': {
      const found = scaledSums(node, producer, constant);
      if (!found) return null;
      const { sums, scale } = found;
      const op = sums.op === 'ConvInteger' ? 'Conv' : 'MatMul';
      const weight = weightOf(constant(sums.inputs[1]), scale, constant(sums.inputs[3]), op === 'Conv' ? 'first' : 'last');
      return product(op, sourceOf(sums.inputs[0], producer), weight, undefined, sums.attributes);
    }
    default:
      return null;
  }
}

/** The float tensor that a DynamicQuantizeLinear made codes of. */
function sourceOf(codes: string | undefined, producer: Lookup<Node>): string | undefined {
  const node = producer(codes);
  return node?.op === 'DynamicQuantizeLinear' && node.outputs[0] === codes ? node.inputs[0] : undefined;
}

/** Mul(Cast(sums), Mul(scale of the input, scale of the weights)), with the factors in any order. */
function scaledSums(node: Node, producer: Lookup<Node>, constant: Lookup<Tensor>): { sums: Node; scale: Tensor } | null {
  const orders = [node.inputs, node.inputs.toReversed()];
  for (const [first, second] of orders) {
    const cast = producer(first);
    const sums = cast?.op === 'Cast' ? producer(cast.inputs[0]) : undefined;
    if (sums?.op !== 'MatMulInteger' && sums?.op !== 'ConvInteger') continue;
    const factor = producer(second);
    const scale = factor?.op === 'Mul' ? factor.inputs.map(constant).find((tensor) => tensor !== undefined) : undefined;
    const ofInput = factor?.inputs.some((name) => producer(name)?.op === 'DynamicQuantizeLinear' && producer(name) === producer(sums.inputs[0]));
    if (scale && ofInput) return { sums, scale };
  }
  return null;
}

function weightOf(codes: Tensor | undefined, scale: Tensor | undefined, zeroPoint: Tensor | undefined, channels: 'first' | 'last'): Tensor | null {
  if (!codes || !scale || !isCodeType(codes.type)) return null;
  const name = `${codes.name}_float`;
  // A scale for each channel comes in a shape that broadcasts against the result, such as [1, C, 1, 1].
  const flat = floatTensor(scale.name, [elementCount(scale.dims)], floatsOf(scale));
  const p = codeParameters(codes.type, flat, zeroPoint, channels === 'first' ? 0 : codes.dims.length - 1);
  return p && decodeConstant(name, codes, p);
}
