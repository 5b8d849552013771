import type { Attribute, Node } from '../../onnx/graph.ts';
import { stringAttribute } from '../../onnx/attributes.ts';

/** What an integer form asks of the writer: the names of codes and parameters. */
export interface Operands {
  readonly opset: number;
  /** Codes, scale, zero point of an input. */
  triple(node: Node, index: number): string[];
  /** Scale and zero point of an output. */
  result(node: Node, index?: number): string[];
  /** The int32 bias, or nothing. */
  bias(node: Node, index: number): string[];
  /** Codes of a tensor. */
  asCodes(name: string): string;
  /** A constant scalar in the codes of a tensor; the zero point where there is none. */
  valueLike(name: string | undefined, tensor: string): string;
}

export interface IntegerForm {
  op: string;
  domain: '' | 'com.microsoft';
  inputs: string[];
  /** Attributes that it does not have. */
  drop?: string[];
  attributes?: [string, Attribute][];
}

type Form = (node: Node, operands: Operands) => IntegerForm;

const microsoft = 'com.microsoft';

/** op(X, scale, zero point, scale, zero point of the result). */
const unary =
  (op: string): Form =>
  (node, o) => ({ op, domain: microsoft, inputs: [...o.triple(node, 0), ...o.result(node)] });

const binary =
  (op: string): Form =>
  (node, o) => ({ op, domain: microsoft, inputs: [...o.triple(node, 0), ...o.triple(node, 1), ...o.result(node)] });

/** The operator itself, on codes. */
const pass: Form = (node, o) => ({ op: node.op, domain: '', inputs: node.inputs.map((name, i) => (i === 0 ? o.asCodes(name) : name)) });

const pad: Form = (node, o) => {
  const [x = '', pads = '', value, ...axes] = node.inputs;
  const code = stringAttribute(node, 'mode', 'constant') === 'constant' ? o.valueLike(value, x) : '';
  return { op: 'Pad', domain: '', inputs: [o.asCodes(x), pads, code, ...axes] };
};

/** By the operator of the float model (definitions: ONNX, and ONNX Runtime's contrib operators). */
export const INTEGER_FORMS: Record<string, Form | undefined> = {
  Conv: (node, o) => ({ op: 'QLinearConv', domain: '', inputs: [...o.triple(node, 0), ...o.triple(node, 1), ...o.result(node), ...o.bias(node, 2)] }),
  MatMul: (node, o) => ({ op: 'QLinearMatMul', domain: '', inputs: [...o.triple(node, 0), ...o.triple(node, 1), ...o.result(node)] }),
  Gemm: (node, o) => {
    const [bias = ''] = o.bias(node, 2);
    return { op: 'QGemm', domain: microsoft, inputs: [...o.triple(node, 0), ...o.triple(node, 1), bias, ...o.result(node)], drop: ['beta'] };
  },
  Add: binary('QLinearAdd'),
  Mul: binary('QLinearMul'),
  LeakyRelu: unary('QLinearLeakyRelu'),
  Sigmoid: unary('QLinearSigmoid'),
  GlobalAveragePool: unary('QLinearGlobalAveragePool'),
  AveragePool: unary('QLinearAveragePool'),
  Softmax: (node, o) => ({ ...unary('QLinearSoftmax')(node, o), attributes: [['opset', { kind: 'int', value: o.opset }]] }),
  Concat: (node, o) => ({ op: 'QLinearConcat', domain: microsoft, inputs: [...o.result(node), ...node.inputs.flatMap((_name, i) => o.triple(node, i))] }),
  Where: (node, o) => ({
    op: 'QLinearWhere',
    domain: microsoft,
    inputs: [node.inputs[0] as string, ...o.triple(node, 1), ...o.triple(node, 2), ...o.result(node)],
  }),
  Pad: pad,
  ...Object.fromEntries(
    ['ArgMax', 'MaxPool', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Gather', 'GatherElements', 'Resize', 'Split'].map((op) => [
      op,
      pass,
    ]),
  ),
};
