import fc from 'fast-check';
import type { Model, Node, Tensor } from '../../../src-main/core/onnx/graph.ts';
import { floatTensor } from '../../../src-main/core/onnx/tensor.ts';
import { random } from '../../fixtures/random.ts';
import { info, modelOf, node } from '../onnx/build.ts';

/** What one step of a random graph is made of; every list of steps is a graph, so that fast-check can leave out what a failure does not need. */
export interface Step {
  op: (typeof OPERATORS)[number];
  /** Which of the tensors so far it reads. */
  a: number;
  b: number;
  seed: number;
  /** Weights with channels of zeros, or all zero. */
  zeros: 'none' | 'channel' | 'all';
  /** Weights are multiplied by this power of ten. */
  exponent: number;
}

const OPERATORS = [
  'Conv', 'Conv', 'Conv', 'depthwise Conv', 'ConvTranspose', 'Relu', 'Relu', 'Clip', 'Clip', 'LeakyRelu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'SiLU', 'Add', 'Add',
  'Add constant', 'Mul', 'Mul constant', 'Sub', 'Div constant', 'Concat', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'ReduceMean', 'Softmax', 'Flatten', 'Gemm', 'MatMul',
  'BatchNormalization', 'PRelu', 'Pow', 'Transpose', 'Slice', 'Pad', 'Resize', 'Exp of minus square',
] as const; // prettier-ignore

const BOUNDS = [[0, 6], [-1, 1], [1, 6], [-6, -1], [0, 0.01], [-3, 0]] as const; // prettier-ignore

/** @param exponents of weights: mostly 0, and these */
export function steps(exponents: fc.Arbitrary<number>): fc.Arbitrary<Step[]> {
  const step = fc.record({
    op: fc.constantFrom(...OPERATORS),
    a: fc.nat(30),
    b: fc.nat(30),
    seed: fc.nat(1_000_000),
    zeros: fc.oneof({ weight: 6, arbitrary: fc.constant('none' as const) }, { weight: 1, arbitrary: fc.constantFrom('channel' as const, 'all' as const) }),
    exponent: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: exponents }),
  });
  return fc.array(step, { minLength: 3, maxLength: 12 });
}

interface Value {
  name: string;
  dims: number[];
}

/** x [1, 3, 6, 6] → the steps; what no step reads is an output. */
export function graphOf(list: readonly Step[]): Model {
  const values: Value[] = [{ name: 'x', dims: [1, 3, 6, 6] }];
  const nodes: Node[] = [];
  const constants: Tensor[] = [];
  const read = new Set<string>();

  list.forEach((step, index) => {
    const name = `t${index}`;
    const uniform = random(step.seed);
    const weights = (suffix: string, dims: number[], amplitude = 1): string => {
      const count = dims.reduce((a, b) => a * b, 1);
      const perChannel = count / (dims[0] ?? 1);
      const scaled = amplitude * 10 ** step.exponent;
      const values = Float32Array.from({ length: count }, (_, i) => {
        const zero = step.zeros === 'all' || (step.zeros === 'channel' && Math.floor(i / perChannel) === 0);
        return zero ? 0 : Math.max(-3.4e38, Math.min(3.4e38, (2 * uniform() - 1) * scaled));
      });
      constants.push(floatTensor(`${name}_${suffix}`, dims, values));
      return `${name}_${suffix}`;
    };
    const scalar = (suffix: string, value: number): string => {
      constants.push(floatTensor(`${name}_${suffix}`, [], Float32Array.of(value)));
      return `${name}_${suffix}`;
    };
    const pick = (at: number, fits: (dims: number[]) => boolean): Value | null => {
      const fitting = values.filter(({ dims }) => fits(dims));
      return fitting[at % Math.max(1, fitting.length)] ?? null;
    };
    const add = (op: string, inputs: string[], dims: number[], attributes: Parameters<typeof node>[3] = {}, output = name): void => {
      for (const input of inputs) read.add(input);
      nodes.push(node(op, inputs, [output], attributes));
      if (output === name) values.push({ name, dims });
    };
    const image = pick(step.a, (dims) => dims.length === 4);
    const matrix = pick(step.a, (dims) => dims.length === 2);
    const any = pick(step.a, () => true) as Value;
    const like = pick(step.b, (dims) => dims.join() === any.dims.join()) as Value;
    const [, channels = 1, height = 1, width = 1] = image?.dims ?? [];
    const perChannel = (dims: number[]): number[] => (dims.length === 4 ? [dims[1] as number, 1, 1] : [1, dims[1] as number]);

    switch (step.op) {
      case 'Conv':
        if (!image) return;
        return add('Conv', [image.name, weights('w', [4, channels, 3, 3], 0.4), weights('b', [4])], [1, 4, height, width], { pads: [1, 1, 1, 1] });
      case 'depthwise Conv':
        if (!image) return;
        return add('Conv', [image.name, weights('w', [channels, 1, 3, 3], 0.6)], image.dims, { pads: [1, 1, 1, 1], group: channels });
      case 'ConvTranspose':
        if (!image || channels % 2 !== 0) return;
        return add('ConvTranspose', [image.name, weights('w', [channels, 2, 2, 2], 0.5), weights('b', [4])], [1, 4, height + 1, width + 1], { group: 2 });
      case 'Clip': {
        const [low, high] = BOUNDS[step.b % BOUNDS.length] as readonly [number, number];
        return add('Clip', [any.name, scalar('low', low), scalar('high', high)], any.dims);
      }
      case 'SiLU':
        add('Sigmoid', [any.name], any.dims, {}, `${name}_gate`);
        return add('Mul', [any.name, `${name}_gate`], any.dims);
      case 'Add':
      case 'Mul':
      case 'Sub':
        return add(step.op, [any.name, like.name], any.dims);
      case 'Add constant':
        return add('Add', [any.name, weights('c', perChannel(any.dims))], any.dims);
      case 'Mul constant':
        return add('Mul', [any.name, weights('c', perChannel(any.dims))], any.dims);
      case 'Div constant':
        return add('Div', [any.name, scalar('c', (0.5 + uniform()) * 10 ** Math.max(-30, Math.min(30, step.exponent)))], any.dims);
      case 'PRelu':
        return add('PRelu', [any.name, weights('s', perChannel(any.dims))], any.dims);
      case 'Concat':
        return add('Concat', [any.name, like.name], [any.dims[0] as number, 2 * (any.dims[1] as number), ...any.dims.slice(2)], { axis: 1 });
      case 'MaxPool':
      case 'AveragePool':
        if (!image) return;
        return add(step.op, [image.name], image.dims, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      case 'GlobalAveragePool':
        if (!image) return;
        return add('GlobalAveragePool', [image.name], [1, channels, 1, 1]);
      case 'ReduceMean':
        if (!image) return;
        return add('ReduceMean', [image.name], [1, channels, 1, 1], { axes: [2, 3] });
      case 'Softmax':
        return add('Softmax', [any.name], any.dims, { axis: 1 });
      case 'Flatten':
        return add('Flatten', [any.name], [any.dims[0] as number, any.dims.slice(1).reduce((a, b) => a * b, 1)]);
      case 'Gemm': {
        if (!matrix) return;
        const attributes = { transB: 1, alpha: { kind: 'float' as const, value: [1, 0.5, 2][step.b % 3] as number }, beta: { kind: 'float' as const, value: [1, 0.25, -3][step.seed % 3] as number } }; // prettier-ignore
        return add('Gemm', [matrix.name, weights('w', [5, matrix.dims[1] as number], 0.5), weights('b', [5])], [matrix.dims[0] as number, 5], attributes);
      }
      case 'MatMul':
        if (!matrix) return;
        return add('MatMul', [matrix.name, weights('w', [matrix.dims[1] as number, 6], 0.5)], [matrix.dims[0] as number, 6]);
      case 'BatchNormalization': {
        if (!image) return;
        const variance = `${name}_v`;
        constants.push(
          floatTensor(
            variance,
            [channels],
            Float32Array.from({ length: channels }, () => 0.1 + uniform()),
          ),
        );
        return add('BatchNormalization', [image.name, weights('s', [channels]), weights('b', [channels]), weights('m', [channels]), variance], image.dims);
      }
      case 'Pow':
        return add('Pow', [any.name, scalar('e', 2)], any.dims);
      case 'Transpose':
        return add('Transpose', [any.name], any.dims.length === 4 ? [0, 1, 3, 2].map((axis) => any.dims[axis] as number) : [...any.dims].reverse(), { perm: any.dims.length === 4 ? [0, 1, 3, 2] : [1, 0] }); // prettier-ignore
      case 'Slice': {
        const half = Math.ceil((any.dims[1] as number) / 2);
        const ints = (suffix: string, value: number): string => {
          constants.push({ name: `${name}_${suffix}`, type: 'int64', dims: [1], bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) });
          return `${name}_${suffix}`;
        };
        return add('Slice', [any.name, ints('from', 0), ints('to', half), ints('axis', 1)], [any.dims[0] as number, half, ...any.dims.slice(2)]);
      }
      case 'Pad': {
        if (!image) return;
        const pads = `${name}_p`;
        constants.push({ name: pads, type: 'int64', dims: [8], bytes: new Uint8Array(BigInt64Array.from([0, 0, 1, 0, 0, 0, 0, 1], BigInt).buffer) });
        return add('Pad', [image.name, pads], [1, channels, height + 1, width + 1]);
      }
      case 'Resize': {
        if (!image || height > 8) return;
        const scales = `${name}_s`;
        constants.push(floatTensor(scales, [4], Float32Array.of(1, 1, 2, 2)));
        return add('Resize', [image.name, '', scales], [1, channels, 2 * height, 2 * width], { mode: step.b % 2 ? 'linear' : 'nearest' });
      }
      // Stays float, between nodes that do not.
      case 'Exp of minus square':
        add('Mul', [any.name, any.name], any.dims, {}, `${name}_square`);
        add('Neg', [`${name}_square`], any.dims, {}, `${name}_minus`);
        return add('Exp', [`${name}_minus`], any.dims);
      default:
        return add(step.op, [any.name], any.dims);
    }
  });
  const outputs = values.filter(({ name }) => name !== 'x' && !read.has(name)).map(({ name, dims }) => info(name, dims));
  return modelOf({ inputs: [info('x', [1, 3, 6, 6])], outputs, nodes, constants });
}
