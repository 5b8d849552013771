import { floatAttribute, intAttribute, without } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/graph.ts';

/** An operator on codes, said in floats. */
export interface FloatForm {
  op: string;
  /** Inputs of the float operator: each a code tensor with its scale and zero point, or (alone) one that is no codes. */
  inputs: ([codes: number, scale: number, zeroPoint: number] | [plain: number])[];
  /** Input with the scale of the result; its zero point is behind it. null: the result is float. */
  output: number | null;
  /** Axis of the channels of an input that has a scale for each. */
  channelAxis: (rank: number) => number;
  /** An int32 bias in the unit scale(first) · scale(second) · alpha. */
  bias?: { input: number; alpha: number };
  attributes: Node['attributes'];
}

type Form = Omit<FloatForm, 'attributes' | 'channelAxis'> & Partial<Pick<FloatForm, 'attributes' | 'channelAxis'>>;

const unary = (op: string): Form => ({ op, inputs: [[0, 1, 2]], output: 3 });
const binary = (op: string): Form => ({ op, inputs: [[0, 1, 2], [3, 4, 5]], output: 6 }); // prettier-ignore
const last = (rank: number): number => rank - 1;

const FORMS: Record<string, (node: Node) => Form | null> = {
  QLinearConv: () => ({ ...binary('Conv'), channelAxis: () => 0, bias: { input: 8, alpha: 1 } }),
  QLinearMatMul: () => ({ ...binary('MatMul'), channelAxis: last }),
  QGemm: (node) => {
    const alpha = floatAttribute(node, 'alpha', 1);
    const channelAxis = (): number => (intAttribute(node, 'transB', 0) ? 0 : 1);
    return { op: 'Gemm', inputs: [[0, 1, 2], [3, 4, 5]], output: node.inputs[7] ? 7 : null, channelAxis, bias: { input: 6, alpha } }; // prettier-ignore
  },
  QLinearAdd: () => binary('Add'),
  QLinearMul: () => binary('Mul'),
  QLinearLeakyRelu: () => unary('LeakyRelu'),
  QLinearSigmoid: () => unary('Sigmoid'),
  QLinearReduceMean: () => unary('ReduceMean'),
  QLinearGlobalAveragePool: (node) => channelsFirst(node, unary('GlobalAveragePool')),
  QLinearAveragePool: (node) => channelsFirst(node, unary('AveragePool')),
  QLinearSoftmax: (node) => {
    // Before opset 13 Softmax flattened all axes from the one that it names.
    const plain = intAttribute(node, 'opset', 13) >= 13 || intAttribute(node, 'axis', -1) === -1;
    return plain ? { ...unary('Softmax'), attributes: without(node.attributes, 'opset') } : null;
  },
  QLinearConcat: (node) => {
    const parts = Math.floor((node.inputs.length - 2) / 3);
    return { op: 'Concat', inputs: Array.from({ length: parts }, (_, i) => [2 + 3 * i, 3 + 3 * i, 4 + 3 * i]), output: 0 };
  },
  QLinearWhere: () => ({ op: 'Where', inputs: [[0], [1, 2, 3], [4, 5, 6]], output: 7 }),
};

/** null for operators on other things than codes, and for forms that have no counterpart. */
export function floatForm(node: Node): FloatForm | null {
  const form = FORMS[node.op]?.(node);
  return form ? { channelAxis: last, attributes: without(node.attributes, 'channels_last'), ...form } : null;
}

function channelsFirst(node: Node, form: Form): Form | null {
  return intAttribute(node, 'channels_last', 0) === 0 ? form : null;
}

/** Operators that only move or select values, so that they do the same with codes as with what these stand for. */
const PASS_CODES = new Set([
  'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Slice', 'Gather', 'GatherElements', 'GatherND', 'Split', 'MaxPool', 'Resize', 'Concat', 'Pad',
  'Identity', 'Expand', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'Clip', 'ArgMax', 'ArgMin', 'Shape',
]); // prettier-ignore

export function passesCodes(node: Node): boolean {
  return node.domain === '' && PASS_CODES.has(node.op);
}
