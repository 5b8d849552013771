import { floatAttribute, intAttribute, tensorAttribute } from '../attributes.ts';
import type { ElementType, Tensor } from '../graph.ts';
import { axesOf } from '../shapes/layout.ts';
import { normalAxes } from '../shapes/site.ts';
import { elementCount, floatsOf, floatTensor, intsOf, intTensor, isIntegerType } from '../tensor.ts';
import type { Evaluator } from './evaluator.ts';
import { broadcastSteps, elementBytes, pick, strided, stridesOf } from './movement.ts';

/** Numbers of a constant; null for types that these evaluators do not compute with. */
function numbersOf(tensor: Tensor | undefined): ArrayLike<number> | null {
  if (tensor?.type === 'float32') return floatsOf(tensor);
  return tensor && isIntegerType(tensor.type) ? intsOf(tensor) : null;
}

/** null where an integer result would be none, or not exact in a double. */
function bytesOf(type: ElementType, values: Float64Array | Float32Array): Uint8Array | null {
  if (type === 'float32') return floatTensor('', [values.length], values instanceof Float32Array ? values : new Float32Array(values)).bytes;
  if (!isIntegerType(type) || !values.every(Number.isSafeInteger)) return null;
  return intTensor('', [values.length], Array.from(values), type).bytes;
}

/**
 * Element by element, with broadcasting. In double precision and rounded once at the end, which gives the float32 result of + - · / √ exactly.
 * @param compute gets one number of every input
 */
const elementwise =
  (compute: (values: number[], type: ElementType) => number): Evaluator =>
  ({ inputs, outputs }) => {
    const [output] = outputs;
    const all = inputs.map(numbersOf);
    if (!output || all.includes(null)) return null;
    const operands = (all as ArrayLike<number>[]).map((numbers, k) => {
      const { dims } = inputs[k] as Tensor;
      const same = dims.length === output.dims.length && dims.every((dim, axis) => dim === output.dims[axis]);
      return { numbers, indices: same ? null : strided(output.dims, broadcastSteps(dims, output.dims)) };
    });
    const type = (inputs.at(-1) as Tensor).type;
    const count = elementCount(output.dims);
    const values = output.type === 'float32' ? new Float32Array(count) : new Float64Array(count);
    // One list for all elements: weights have millions of them.
    const element = operands.map(() => 0);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < operands.length; k++) {
        const { numbers, indices } = operands[k] as (typeof operands)[number];
        element[k] = numbers[indices ? (indices[i] as number) : i] as number;
      }
      values[i] = compute(element, type);
    }
    const bytes = bytesOf(output.type, values);
    return bytes && [bytes];
  };

const unary = (compute: (x: number) => number): Evaluator => elementwise(([x]) => compute(x as number));
const binary = (compute: (a: number, b: number) => number): Evaluator => elementwise(([a, b]) => compute(a as number, b as number));
const test = (compute: (a: number, b: number) => boolean): Evaluator => binary((a, b) => (compute(a, b) ? 1 : 0));

const where: Evaluator = ({ inputs, outputs }) => {
  const [condition, yes, no] = inputs as [Tensor, Tensor, Tensor];
  const dims = outputs[0]?.dims as number[];
  const size = elementBytes(yes);
  if (size === null) return null;
  const spread = (tensor: Tensor): Int32Array => strided(dims, broadcastSteps(tensor.dims, dims));
  const [from, ifYes, ifNo] = [spread(condition), spread(yes), spread(no)];
  const [left, right] = [pick(yes, ifYes, size), pick(no, ifNo, size)];
  from.forEach((index, i) => {
    if (condition.bytes[index]) right.set(left.subarray(i * size, (i + 1) * size), i * size);
  });
  return [right];
};

/** Casts to an integer cut towards zero, to bool they ask for zero. */
const cast: Evaluator = ({ inputs, outputs }) => {
  const numbers = numbersOf(inputs[0]);
  const type = outputs[0]?.type;
  if (!numbers || !type) return null;
  const convert = type === 'float32' ? Number : type === 'bool' ? (value: number) => (value === 0 ? 0 : 1) : Math.trunc;
  const bytes = bytesOf(type, Float64Array.from(numbers, convert));
  return bytes && [bytes];
};

const clip: Evaluator = ({ site, inputs, outputs }) => {
  const numbers = numbersOf(inputs[0]);
  // Attributes before opset 11.
  const low = inputs[1] ? numbersOf(inputs[1])?.[0] : floatAttribute(site.node, 'min', -Infinity);
  const high = inputs[2] ? numbersOf(inputs[2])?.[0] : floatAttribute(site.node, 'max', Infinity);
  if (!numbers || low === undefined || high === undefined) return null;
  const bytes = bytesOf(
    outputs[0]?.type as ElementType,
    Float64Array.from(numbers, (value) => Math.min(Math.max(value, low), high)),
  );
  return bytes && [bytes];
};

/** Sums in double precision. */
const reduce =
  (combine: (a: number, b: number) => number, first: number, finish: (value: number, count: number) => number = (value) => value): Evaluator =>
  ({ site, inputs, outputs }) => {
    const [input] = inputs as [Tensor];
    const numbers = numbersOf(input);
    const given = axesOf(site, 1);
    const none = given === undefined || given?.length === 0;
    const axes = given === null ? null : normalAxes(none ? input.dims.map((_dim, i) => i) : given, input.dims.length);
    if (none && intAttribute(site.node, 'noop_with_empty_axes', 0) === 1) return [input.bytes];
    // What the mean or the greatest of nothing is, only the runtime can say.
    if (!numbers || !axes || numbers.length === 0) return null;
    const kept = input.dims.map((dim, i) => (axes.includes(i) ? 1 : dim));
    const steps = stridesOf(kept).map((stride, i) => (axes.includes(i) ? 0 : stride));
    const targets = strided(input.dims, steps);
    const values = new Float64Array(elementCount(kept)).fill(first);
    targets.forEach((target, i) => (values[target] = combine(values[target] as number, numbers[i] as number)));
    const count = numbers.length / values.length;
    const bytes = bytesOf(
      outputs[0]?.type as ElementType,
      values.map((value) => finish(value, count)),
    );
    return bytes && [bytes];
  };

const range: Evaluator = ({ inputs, outputs }) => {
  const [start, , delta] = inputs.map((input) => numbersOf(input)?.[0]);
  const [output] = outputs;
  if (start === undefined || delta === undefined || !output) return null;
  const bytes = bytesOf(
    output.type,
    Float64Array.from({ length: output.dims[0] as number }, (_, i) => start + i * delta),
  );
  return bytes && [bytes];
};

const constantOfShape: Evaluator = ({ site, outputs }) => {
  const value = tensorAttribute(site.node, 'value') ?? floatTensor('', [1], new Float32Array(1));
  const size = elementBytes(value);
  const [output] = outputs;
  return size === null || !output ? null : [pick(value, new Int32Array(elementCount(output.dims)), size)];
};

const divide = elementwise(([a, b], type) => (isIntegerType(type) ? Math.trunc((a as number) / (b as number)) : (a as number) / (b as number)));

export const arithmeticEvaluators: Record<string, Evaluator> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: divide,
  Pow: binary((a, b) => a ** b),
  Min: elementwise((values) => Math.min(...values)),
  Max: elementwise((values) => Math.max(...values)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(x, 0)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  LeakyRelu: (evaluation) => {
    const alpha = floatAttribute(evaluation.site.node, 'alpha', Math.fround(0.01));
    return unary((x) => (x < 0 ? alpha * x : x))(evaluation);
  },
  Not: unary((x) => (x ? 0 : 1)),
  And: test((a, b) => a !== 0 && b !== 0),
  Or: test((a, b) => a !== 0 || b !== 0),
  Equal: test((a, b) => a === b),
  Greater: test((a, b) => a > b),
  GreaterOrEqual: test((a, b) => a >= b),
  Less: test((a, b) => a < b),
  LessOrEqual: test((a, b) => a <= b),
  Where: where,
  Cast: cast,
  Clip: clip,
  ReduceSum: reduce((a, b) => a + b, 0),
  ReduceProd: reduce((a, b) => a * b, 1),
  ReduceMax: reduce(Math.max, -Infinity),
  ReduceMin: reduce(Math.min, Infinity),
  ReduceMean: reduce(
    (a, b) => a + b,
    0,
    (value, count) => value / count,
  ),
  Range: range,
  ConstantOfShape: constantOfShape,
};
