import { intAttribute } from '../../onnx/attributes.ts';
import type { Model, Node, Tensor } from '../../onnx/graph.ts';
import { elementCount, floatsOf } from '../../onnx/tensor.ts';
import { decodeConstant } from '../existing/code-parameters.ts';
import { floatProduct } from '../existing/dynamic.ts';
import { foldTrainedWeights } from '../existing/fold-trained.ts';
import { viewQuantized } from '../existing/quantized-view.ts';
import { ONNXRUNTIME } from '../rules/onnxruntime.ts';
import { ruleOf } from '../rules/rule.ts';

/** A weight as a quantized model computes with it. */
export interface HeldWeight {
  /** Of the float weight, as far as the names tell. */
  name: string;
  node: string;
  /** Tensor that the node makes. */
  output: string;
  dims: readonly number[];
  values: Float32Array;
  type: string;
  granularity: 'per-tensor' | 'per-channel' | 'per-block';
}

/** Position of the constant weight among the inputs of a node with weights, and the axis of its output channels; null for other nodes. */
export function weightOf(
  node: Node,
  constant: (name: string | undefined) => Tensor | undefined,
): { tensor: Tensor; index: number; axis: number | null } | null {
  const rule = ruleOf(ONNXRUNTIME, node)?.weight;
  const tensor = rule && constant(node.inputs[rule.input]);
  return rule && tensor ? { tensor, index: rule.input, axis: rule.axis(node, tensor.dims.length) } : null;
}

/** All weights of a model that are kept in integers, blocks or half precision, in the order of its nodes. */
export function heldWeights(model: Model): HeldWeight[] {
  const { graph } = foldTrainedWeights(model);
  const { operations, view } = viewQuantized(graph);
  const byNode = new Map(operations.map((operation) => [operation.node, operation]));
  return graph.nodes.flatMap((node): HeldWeight[] => {
    const made = { node: plainName(node.name), output: plainName(node.outputs[0] ?? '') };
    const operation = byNode.get(node);
    const rule = operation && ruleOf(ONNXRUNTIME, { ...node, op: operation.op, domain: '' })?.weight;
    const read = rule && operation.reads[rule.input];
    if (read?.codes) {
      const { codes, parameters, tensor } = read;
      const granularity = parameters.blockSize !== null ? 'per-block' : parameters.scale.length > 1 ? 'per-channel' : 'per-tensor';
      return [{ ...made, name: plainName(tensor), dims: codes.dims, values: floatsOf(decodeConstant(tensor, codes, parameters)), type: parameters.type, granularity }]; // prettier-ignore
    }
    const product = floatProduct(node, (name) => view.producers.get(name ?? ''), view.constant);
    if (product) {
      const form = productForm(node, view.producers, view.constant);
      return [{ ...made, ...form, name: plainName(product.weight.name), dims: product.weight.dims, values: floatsOf(product.weight) }];
    }
    const half = halfOf(node, (name) => halfBehindCast(name, view.producers, view.constant));
    return half ? [{ ...made, name: half.name, dims: half.dims, values: floatsOf(half), type: half.type, granularity: 'per-tensor' }] : [];
  });
}

/** Quantizers write codes under the name of the float tensor with an ending, and integer operators under that of the float one. */
function plainName(name: string): string {
  return name.replace(/(_quantized|_quant|_float|_QuantizeLinear_Input|_DequantizeLinear_Output)+$/, '');
}

function productForm(
  node: Node,
  producers: ReadonlyMap<string, Node>,
  constant: (name: string | undefined) => Tensor | undefined,
): Pick<HeldWeight, 'type' | 'granularity'> {
  if (node.op === 'MatMulNBits') return { type: `uint${intAttribute(node, 'bits', 4)}`, granularity: 'per-block' };
  const scaled = node.op === 'Mul' ? node.inputs.map((name) => producers.get(name)).find((one) => one?.op === 'Cast') : undefined;
  const integer = scaled ? producers.get(scaled.inputs[0] ?? '') : node;
  const codes = constant(integer?.inputs[1]);
  const scales = node.op === 'Mul' ? null : constant(node.inputs[node.op === 'DynamicQuantizeMatMul' ? 2 : 3]);
  const many = scales ? elementCount(scales.dims) > 1 : elementCount(constant(integer?.inputs[3])?.dims ?? []) > 1;
  return { type: codes?.type ?? 'uint8', granularity: many ? 'per-channel' : 'per-tensor' };
}

function halfOf(node: Node, constant: (name: string | undefined) => Tensor | undefined): Tensor | null {
  const weight = weightOf(node, constant);
  return weight?.tensor.type === 'float16' ? weight.tensor : null;
}

function halfBehindCast(
  name: string | undefined,
  producers: ReadonlyMap<string, Node>,
  constant: (name: string | undefined) => Tensor | undefined,
): Tensor | undefined {
  const maker = producers.get(name ?? '');
  return constant(maker?.op === 'Cast' ? maker.inputs[0] : name);
}
