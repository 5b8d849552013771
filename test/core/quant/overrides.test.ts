import { describe, expect, it } from 'vitest';
import type { ErrorData } from '../../../src-main/contract/errors.ts';
import { CalibrantError } from '../../../src-main/contract/errors.ts';
import type { Override, Recipe } from '../../../src-main/contract/recipe.ts';
import { nearestNames } from '../../../src-main/core/quant/nearest.ts';
import { constant, modelOf, node, noise } from './build.ts';
import { images, pipeline, sqnrOf, type Pipeline } from './pipeline.ts';

const model = modelOf({
  inputs: { input_1: [1, 2, 6, 6] },
  outputs: { out: [1, 3, 6, 6] },
  nodes: [
    node('Conv', ['input_1', 'layer1.weight', 'layer1.bias'], ['layer1']),
    node('Relu', ['layer1'], ['layer1.relu']),
    node('MaxPool', ['layer1.relu'], ['pool'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node('Exp', ['pool'], ['exponential']),
    node('Add', ['exponential', 'pool'], ['sum']),
    node('Mul', ['sum', 'gain'], ['out']),
  ],
  constants: [
    constant('layer1.weight', [3, 2, 1, 1], [...noise(6)]),
    constant('layer1.bias', [3], [0.1, 0.2, 0.3]),
    constant('gain', [3, 1, 1], [1, 0.5, 0.25]),
  ],
});

const refusal = async (changes: Partial<Recipe>): Promise<ErrorData> => {
  try {
    await pipeline(model, images(model), changes);
  } catch (error) {
    if (error instanceof CalibrantError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
};

const parametersOf = ({ quantized }: Pipeline, name: string) => quantized.activations.get(name) ?? quantized.weights.get(name)?.parameters;

describe('an override', () => {
  it.each<[string, string, Override, RegExp]>([
    ['of a tensor that does not exist, with the nearest names', 'layer1.weigth', { type: 'uint8' }, /does not have.*Near to it: .*\blayer1\.weight\b/],
    ['of a tensor that nothing is near to', 'zzzzzzzzzzzz', { type: 'uint8' }, /does not have.*list of tensors\.$/],
    ['of a tensor that vanishes, with the one to name instead', 'layer1', { type: 'int8' }, /vanishes in layer1\.relu; override layer1\.relu instead/],
    ['of a tensor that has the parameters of another', 'pool', { type: 'int8' }, /shares the parameters of layer1\.relu; override layer1\.relu/],
    ['of a bias, whose numbers follow from others', 'layer1.bias', { scale: 1, zeroPoint: 0 }, /layer1\.bias/],
    ['that wants an activation per channel', 'out', { granularity: 'per-channel' }, /out per channel/],
    ['that wants channels of a constant that has none', 'gain', { granularity: 'per-channel' }, /gain per channel, and it has no channels/],
    ['with a zero point outside its type', 'out', { scale: 0.1, zeroPoint: 300 }, /zero point 300.*uint8.*0 … 255/],
    ['with a zero point outside the type that it gives itself', 'out', { type: 'int8', scale: 0.1, zeroPoint: 200 }, /zero point 200.*int8.*-128 … 127/],
  ])('%s is refused', async (_name, tensor, override, message) => {
    expect(await refusal({ overrides: { [tensor]: override } })).toEqual({ code: 'recipe-invalid', message: expect.stringMatching(message) });
  });

  it('of a type that no kernel takes beside the others is refused', async () => {
    const refusals: [Partial<Recipe>, RegExp][] = [
      [{ overrides: { out: { type: 'int4' } } }, /activation out as int4.*take 8 or 16/],
      [{ format: 'qoperator', overrides: { out: { type: 'int8' } } }, /out as int8, but the integer operators around it take uint8 only/],
      [{ format: 'qoperator', overrides: { gain: { type: 'int8' } } }, /gain as int8/],
      [{ format: 'qoperator', activations: 'int8', overrides: { 'layer1.weight': { type: 'uint8' } } }, /layer1\.weight.*int8 activations/],
    ];
    for (const [changes, message] of refusals) expect(await refusal(changes)).toEqual({ code: 'recipe-invalid', message: expect.stringMatching(message) });
  });

  it('of weights never makes a zero point for each channel, which integer kernels do not take', async () => {
    expect(await refusal({ overrides: { 'layer1.weight': { symmetric: false } } })).toMatchObject({
      message: expect.stringMatching(/asymmetric per channel.*take per-tensor/),
    });
    const perTensor = { granularity: 'per-tensor', weights: 'uint8' } as const;
    for (const format of ['qdq', 'qoperator'] as const) {
      const made = await pipeline(model, images(model), { format, ...perTensor, overrides: { 'layer1.weight': { granularity: 'per-channel' } } });
      expect(parametersOf(made, 'layer1.weight')).toMatchObject({ axis: 0, symmetric: true });
      expect(await sqnrOf(model, made.model, images(model), 'all')).toBeGreaterThan(25);
    }
  });

  it('of weights gives channels only where the kernel has them, and takes blocks away', async () => {
    const stack = modelOf({
      inputs: { x: [2, 3, 4] },
      outputs: { y: [2, 3, 6], z: [2, 3, 5] },
      nodes: [node('MatMul', ['x', 'w'], ['y']), node('MatMul', ['y', 'v'], ['z'])],
      constants: [constant('w', [2, 4, 6], [...noise(48)]), constant('v', [6, 5], [...noise(30)])],
    });
    const given = images(stack);
    await expect(pipeline(stack, given, { overrides: { w: { granularity: 'per-channel' } } })).rejects.toThrow(/w per channel, which the kernel/);
    const made = await pipeline(stack, given, { blockSize: 2, activations: 'int16', overrides: { v: { granularity: 'per-channel' } } });
    expect(parametersOf(made, 'v')).toMatchObject({ axis: 1, blockSize: null });
    expect(await sqnrOf(stack, made.model, given, 'all')).toBeGreaterThan(30);
  });

  it('of a float tensor is refused: the tensor between two excluded nodes', async () => {
    expect(await refusal({ exclude: ['Add_sum', 'Exp_exponential'], overrides: { exponential: { type: 'int8' } } })).toEqual({
      code: 'recipe-invalid',
      message: expect.stringMatching(/exponential, which stays float/),
    });
  });

  it('moves the whole group that shares its parameters', async () => {
    const made = await pipeline(model, images(model), { overrides: { 'layer1.relu': { min: 0, max: 9 } } });
    expect(parametersOf(made, 'pool')?.max[0]).toBe(9);
    expect(parametersOf(made, 'pool')?.scale).toEqual(parametersOf(made, 'layer1.relu')?.scale);
  });

  it('with a range makes room for zero and says whose it is', async () => {
    const made = await pipeline(model, images(model), { overrides: { out: { min: 2, max: 4 } } });
    expect(parametersOf(made, 'out')).toMatchObject({ min: Float64Array.of(0), max: Float64Array.of(4), origin: 'given by the recipe' });
    expect(made.plan.observed).not.toContain('out');
  });

  it('with a scale is taken as it is', async () => {
    const made = await pipeline(model, images(model), {
      overrides: { out: { type: 'int8', scale: 0.25, zeroPoint: -100 }, gain: { scale: 0.5, zeroPoint: 0 } },
    });
    expect(parametersOf(made, 'out')).toMatchObject({ type: 'int8', scale: Float32Array.of(0.25), zeroPoint: Int32Array.of(-100) });
    expect(parametersOf(made, 'gain')?.scale).toEqual(Float32Array.of(0.5));
  });

  it('with the range that was observed changes nothing', async () => {
    const plain = await pipeline(model, images(model));
    const { min, max } = plain.statistics.get('out') ?? { min: 0, max: 0 };
    const made = await pipeline(model, images(model), { overrides: { out: { min, max } } });
    expect(parametersOf(made, 'out')?.scale).toEqual(parametersOf(plain, 'out')?.scale);
  });

  it('to 16 bits of one tensor runs between 8-bit neighbours', async () => {
    const overrides = { 'layer1.relu': { type: 'int16' as const }, sum: { type: 'uint16' as const } };
    const made = await pipeline(model, images(model), { overrides });
    for (const optimize of ['all', 'disabled'] as const) expect(await sqnrOf(model, made.model, images(model), optimize)).toBeGreaterThan(35);
  });
});

describe('an exclusion that matches nothing', () => {
  it('of a node offers the nearest names', async () => {
    expect(await refusal({ exclude: ['Conv_layer2'] })).toEqual({
      code: 'recipe-invalid',
      message: expect.stringMatching(/“Conv_layer2”.*Near to it: Conv_layer1\./),
    });
  });

  it('of an operator lists those that there are', async () => {
    expect(await refusal({ excludeOps: ['Softmax'] })).toEqual({
      code: 'recipe-invalid',
      message: expect.stringMatching(/operator Softmax.*it has Conv, Relu, MaxPool, Exp, Add, Mul\./),
    });
  });

  it('and an end that is wanted as codes but stays float is refused', async () => {
    expect(await refusal({ outputType: 'quantized', excludeOps: ['Mul'] })).toMatchObject({
      code: 'recipe-invalid',
      message: expect.stringMatching(/output out stays float/),
    });
  });
});

describe('odd tensors', () => {
  it('weights that are an output too are quantized where they are used, and given as they are', async () => {
    const both = {
      ...model,
      graph: { ...model.graph, outputs: [...model.graph.outputs, { name: 'layer1.weight', type: 'float32' as const, shape: [3, 2, 1, 1] }] },
    };
    for (const format of ['qdq', 'qoperator', 'dynamic', 'weight-only'] as const) {
      const made = await pipeline(both, images(both), { format });
      expect(made.model.graph.constants.has('layer1.weight_quantized')).toBe(true);
      expect(await sqnrOf(both, made.model, images(both))).toBeGreaterThan(25);
    }
  });

  it('a tensor without any values goes its way', async () => {
    const none = modelOf({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { y: [1, 2, 4, 4], z: [1, 0, 4, 4] },
      nodes: [
        node('Conv', ['x', 'w'], ['c']),
        node('Slice', ['c', 'from', 'to', 'axis'], ['s']),
        node('Sigmoid', ['s'], ['z']),
        node('Concat', ['c', 'z'], ['y'], { axis: 1 }),
      ],
      constants: [
        constant('w', [2, 2, 1, 1], [...noise(4)]),
        ...Object.entries({ from: 1, to: 1, axis: 1 }).map(([name, value]) => ({
          name,
          type: 'int64' as const,
          dims: [1],
          bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
        })),
      ],
    });
    for (const format of ['qdq', 'qoperator'] as const) {
      const made = await pipeline(none, images(none), { format });
      expect(await sqnrOf(none, made.model, images(none))).toBeGreaterThan(25);
      expect(await sqnrOf(none, made.model, images(none), 'all')).toBeGreaterThan(25);
    }
  });

  it('weights without any values, and weights that are all zero, go theirs', async () => {
    const empty = modelOf({
      inputs: { x: [2, 4] },
      outputs: { y: [2, 0], z: [2, 3] },
      nodes: [node('MatMul', ['x', 'nothing'], ['y']), node('MatMul', ['x', 'zeros'], ['z'])],
      constants: [constant('nothing', [4, 0], []), constant('zeros', [4, 3], Array(12).fill(0) as number[])],
    });
    for (const changes of [{}, { format: 'weight-only', blockSize: 2 }, { granularity: 'per-tensor', weights: 'uint8' }] satisfies Partial<Recipe>[]) {
      const made = await pipeline(empty, images(empty), changes);
      expect(await sqnrOf(empty, made.model, images(empty), 'all')).toBe(Infinity);
    }
  });

  it('an input that is an output too, and one that nobody reads', async () => {
    const through = modelOf({
      inputs: { x: [1, 2, 4, 4], idle: [3] },
      outputs: { y: [1, 2, 4, 4], x: [1, 2, 4, 4] },
      nodes: [node('Conv', ['x', 'w'], ['y'])],
      constants: [constant('w', [2, 2, 1, 1], [...noise(4)])],
    });
    for (const format of ['qdq', 'qoperator'] as const) {
      const made = await pipeline(through, images(through), { format });
      expect(await sqnrOf(through, made.model, images(through))).toBeGreaterThan(25);
    }
  });
});

describe('nearest names', () => {
  it.each([
    ['conv1', ['conv2', 'fc', 'conv1_relu'], ['conv1_relu', 'conv2']],
    ['CONV_1', ['conv_1', 'conv_10'], ['conv_1', 'conv_10']],
    ['features.0.weight', ['features.0.0.weight', 'classifier.weight'], ['features.0.0.weight']],
    ['x', ['a', 'b'], ['a', 'b']],
    ['nothing like it', ['a', 'conv'], []],
  ])('to %s among %o are %o', (wanted, names, nearest) => expect(nearestNames(wanted, names)).toEqual(nearest));
});
