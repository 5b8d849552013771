import { floatAttribute } from '../attributes.ts';
import type { Node, Tensor } from '../graph.ts';
import { elementCount, floatsOf } from '../tensor.ts';

/** Per channel, y = x · factor + offset. */
export interface Affine {
  factor: Float64Array;
  offset: Float64Array;
}

export function identity(channels: number): Affine {
  return { factor: new Float64Array(channels).fill(1), offset: new Float64Array(channels) };
}

/** First `first`, then `second`. */
export function compose(first: Affine, second: Affine): Affine {
  return {
    factor: first.factor.map((value, i) => value * (second.factor[i] as number)),
    offset: first.offset.map((value, i) => value * (second.factor[i] as number) + (second.offset[i] as number)),
  };
}

/** What x becomes by an operator with the constant c beside it, on either side. */
const WITH_CONSTANT: Record<string, readonly [left: (c: number) => [factor: number, offset: number], right: (c: number) => [factor: number, offset: number]]> =
  {
    Add: [(c) => [1, c], (c) => [1, c]],
    // c − x, x − c
    Sub: [(c) => [-1, c], (c) => [1, -c]],
    Mul: [(c) => [c, 0], (c) => [c, 0]],
    // c / x is none.
    Div: [() => [NaN, NaN], (c) => [1 / c, 0]],
  };

/** The input that a node scales and shifts by constants; null for all nodes that do something else. */
export function scaledInput(node: Node, constants: ReadonlyMap<string, Tensor>): string | null {
  if (node.domain !== '') return null;
  if (node.op === 'BatchNormalization') return node.inputs[0] ?? null;
  const [a = '', b = ''] = node.inputs;
  return node.op in WITH_CONSTANT && constants.has(a) !== constants.has(b) ? (constants.has(a) ? b : a) : null;
}

/**
 * How such a node scales and shifts the channels of its input.
 * @param channels of the input, along its axis 1
 * @param rank of the input
 * @returns null where it does more than that (a value per pixel or per sample, more channels than before), or is not finite
 */
export function affineOf(node: Node, constants: ReadonlyMap<string, Tensor>, channels: number, rank: number): Affine | null {
  const affine = node.op === 'BatchNormalization' ? normalization(node, constants) : withConstant(node, constants, channels, rank);
  if (affine?.factor.length !== channels) return null;
  return affine.factor.every(Number.isFinite) && affine.offset.every(Number.isFinite) ? affine : null;
}

/** factor = γ / √(σ² + ε), offset = β − μ · factor. */
function normalization(node: Node, constants: ReadonlyMap<string, Tensor>): Affine | null {
  const parameters = [1, 2, 3, 4].map((index) => constants.get(node.inputs[index] ?? ''));
  if (parameters.some((tensor) => tensor?.type !== 'float32')) return null;
  const [gamma, beta, mean, variance] = (parameters as Tensor[]).map(floatsOf) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const factor = Float64Array.from(gamma, (value, i) => value / Math.sqrt((variance[i] as number) + epsilon));
  return { factor, offset: factor.map((value, i) => (beta[i] as number) - (mean[i] as number) * value) };
}

function withConstant(node: Node, constants: ReadonlyMap<string, Tensor>, channels: number, rank: number): Affine | null {
  const side = constants.has(node.inputs[0] ?? '') ? 0 : 1;
  const tensor = constants.get(node.inputs[side] ?? '');
  const compute = WITH_CONSTANT[node.op]?.[side];
  if (tensor?.type !== 'float32' || !compute || tensor.dims.length > rank) return null;
  const count = elementCount(tensor.dims);
  // Broadcasting counts axes from the end; the channels are the second from the front.
  const along = tensor.dims[tensor.dims.length - (rank - 1)];
  if (count !== 1 && (count !== channels || along !== channels)) return null;
  const values = floatsOf(tensor);
  const pairs = Array.from({ length: channels }, (_, i) => compute(values[count === 1 ? 0 : i] as number));
  return { factor: Float64Array.from(pairs, ([factor]) => factor), offset: Float64Array.from(pairs, ([, offset]) => offset) };
}
