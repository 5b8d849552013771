import { intAttribute, tensorAttribute } from '../attributes.ts';
import { elementTypeOf } from '../element-types.ts';
import type { Dim, ElementType } from '../graph.ts';
import { broadcast, shapeAt, typeAt, type Known, type ShapeRule, type Site } from './site.ts';

/** Type and shape of the first input, whatever else the operator reads. */
export const sameAsInput: ShapeRule = (site) => [{ type: typeAt(site, 0), shape: shapeAt(site, 0), ...valueOf(site.input(0)) }];

const sameShape =
  (type: ElementType): ShapeRule =>
  (site) => [{ type, shape: shapeAt(site, 0) }];

function valueOf(known: Known | null): { value?: Dim[] } {
  return known?.value ? { value: known.value } : {};
}

/** All inputs broadcast against each other. */
const broadcasting =
  (type: (site: Site) => ElementType, compute?: (a: number, b: number) => number): ShapeRule =>
  (site) => {
    const shapes = site.node.inputs.map((_name, index) => shapeAt(site, index));
    const shape = shapes.length > 0 ? shapes.reduce((a, b) => broadcast(a, b)) : null;
    const value = compute && computeValue(site, compute);
    return [{ type: type(site), shape, ...(value ? { value } : {}) }];
  };

/** Arithmetic on shapes: as far as both sides are numbers. */
function computeValue(site: Site, compute: (a: number, b: number) => number): Dim[] | undefined {
  const a = site.input(0)?.value;
  const b = site.input(1)?.value;
  if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const left = a[a.length === 1 ? 0 : i] as Dim;
    const right = b[b.length === 1 ? 0 : i] as Dim;
    if (typeof left === 'number' && typeof right === 'number') {
      const result = compute(left, right);
      return Number.isFinite(result) ? result : null;
    }
    return null;
  });
}

const first = (site: Site): ElementType => typeAt(site, 0);
const bool = (): ElementType => 'bool';

const cast: ShapeRule = (site) => {
  const type = elementTypeOf(intAttribute(site.node, 'to', 0));
  return [{ type, shape: shapeAt(site, 0), ...(type === 'int64' || type === 'int32' ? valueOf(site.input(0)) : {}) }];
};

const where: ShapeRule = (site) => {
  const shape = [0, 1, 2].map((index) => shapeAt(site, index)).reduce((a, b) => broadcast(a, b));
  return [{ type: typeAt(site, 1), shape }];
};

const dropout: ShapeRule = (site) => [
  { type: typeAt(site, 0), shape: shapeAt(site, 0) },
  { type: site.opset < 10 ? typeAt(site, 0) : 'bool', shape: shapeAt(site, 0) },
];

/** Only the first output is made at inference; the others of old opsets are for training. */
const batchNormalization: ShapeRule = (site) => [{ type: typeAt(site, 0), shape: shapeAt(site, 0) }];

const layerNormalization: ShapeRule = (site) => {
  const shape = shapeAt(site, 0);
  const axis = intAttribute(site.node, 'axis', -1);
  const from = shape ? (axis < 0 ? axis + shape.length : axis) : 0;
  const statistics: Known = { type: 'float32', shape: shape && shape.map((dim, i) => (i < from ? dim : 1)) };
  return [{ type: typeAt(site, 0), shape }, statistics, statistics];
};

const UNARY = [
  'Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BitwiseNot', 'Ceil', 'Celu', 'Clip', 'Cos', 'Cosh', 'CumSum', 'Elu', 'Erf', 'Exp', 'Floor',
  'Gelu', 'GroupNormalization', 'HardSigmoid', 'HardSwish', 'Hardmax', 'Identity', 'InstanceNormalization', 'LRN', 'LeakyRelu', 'Log', 'LogSoftmax',
  'LpNormalization', 'MeanVarianceNormalization', 'Mish', 'Neg', 'Not', 'Reciprocal', 'Relu', 'Round', 'ScatterElements', 'ScatterND', 'Scatter', 'Selu',
  'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softmax', 'Softplus', 'Softsign', 'Sqrt', 'Swish', 'Tan', 'Tanh', 'ThresholdedRelu', 'Trilu',
  'ReverseSequence', 'Bernoulli', 'CumProd', 'TensorScatter',
]; // prettier-ignore

export const elementwise: Record<string, ShapeRule> = {
  ...Object.fromEntries(UNARY.map((op) => [op, sameAsInput])),
  Add: broadcasting(first, (a, b) => a + b),
  Sub: broadcasting(first, (a, b) => a - b),
  Mul: broadcasting(first, (a, b) => a * b),
  Div: broadcasting(first, (a, b) => Math.trunc(a / b)),
  ...Object.fromEntries(['And', 'Or', 'Xor', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map((op) => [op, broadcasting(bool)])),
  ...Object.fromEntries(
    ['Pow', 'Mod', 'Min', 'Max', 'Mean', 'Sum', 'PRelu', 'BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor'].map((op) => [op, broadcasting(first)]),
  ),
  IsNaN: sameShape('bool'),
  IsInf: sameShape('bool'),
  Cast: cast,
  CastLike: (site) => [{ type: typeAt(site, 1), shape: shapeAt(site, 0) }],
  Where: where,
  Dropout: dropout,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  EyeLike: (site) => {
    const type = elementTypeOf(intAttribute(site.node, 'dtype', 0));
    return [{ type: type === 'other' ? typeAt(site, 0) : type, shape: shapeAt(site, 0) }];
  },
  ConstantOfShape: (site) => {
    const value = tensorAttribute(site.node, 'value');
    return [{ type: value?.type ?? 'float32', shape: site.input(0)?.value ?? null }];
  },
};
