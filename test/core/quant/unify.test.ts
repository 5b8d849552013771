import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { constant, modelOf, node, noise } from './build.ts';
import { images, pipeline, sqnrOf, type Pipeline } from './pipeline.ts';

const TFLITE: Partial<Recipe> = { target: 'tflite', activations: 'int8' };
const ONNXRUNTIME: Partial<Recipe> = { activations: 'int8' };

/** Scale and zero point of activations, as text: equal where they are shared. */
const numbers = ({ quantized }: Pipeline, names: string[]): string[] =>
  names.map((name) => {
    const parameters = quantized.activations.get(name);
    return `${parameters?.scale[0]} ${parameters?.zeroPoint[0]}`;
  });
const different = (list: string[]): number => new Set(list).size;

describe('a Concat', () => {
  const model = modelOf({
    inputs: { x: [1, 2, 4, 4] },
    outputs: { y: [1, 6, 4, 4] },
    nodes: [
      node('Conv', ['x', 'w'], ['c']),
      node('Sigmoid', ['c'], ['s']),
      node('MaxPool', ['c'], ['p'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node('Concat', ['s', 'p'], ['k'], { axis: 1 }),
      node('Concat', ['k', 'x'], ['y'], { axis: 1 }),
    ],
    constants: [constant('w', [2, 2, 1, 1], [...noise(4, 3)])],
  });
  const given = images(model, 3);

  it('lets every input keep its scale where the target converts them', async () => {
    const made = await pipeline(model, given, ONNXRUNTIME);
    expect(different(numbers(made, ['s', 'c', 'k']))).toBe(3);
    expect(different(numbers(made, ['c', 'p']))).toBe(1);
    expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(30);
  });

  it('gives one scale to all inputs and the output where the target copies codes, through a Concat of a Concat and a MaxPool', async () => {
    const made = await pipeline(model, given, TFLITE);
    expect(different(numbers(made, ['x', 'c', 's', 'p', 'k', 'y']))).toBe(1);
    // The widest of them decides: the convolution.
    const { min = 0, max = 0 } = made.statistics.get('c') ?? {};
    expect(made.quantized.activations.get('y')).toMatchObject({ min: Float64Array.of(Math.fround(min)), max: Float64Array.of(Math.fround(max)) });
    expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(30);
  });

  it('takes back the fixed range of its input, which is narrower than what it shares', async () => {
    const { plan } = await pipeline(model, given, TFLITE);
    expect(plan.activations.find(({ name }) => name === 's')?.range).toEqual({ from: 'shared', with: 'x' });
    expect(plan.activations.find(({ name }) => name === 'x')?.range).toMatchObject({ from: 'observed', observe: expect.arrayContaining(['s', 'c']) });
  });

  it('is overridden as a whole, at the tensor that all share', async () => {
    await expect(pipeline(model, given, { ...TFLITE, overrides: { k: { min: -1, max: 1 } } })).rejects.toMatchObject({
      code: 'recipe-invalid',
      message: expect.stringContaining('override x instead'),
    });
    const made = await pipeline(model, given, { ...TFLITE, overrides: { x: { min: -7, max: 7 } } });
    expect(different(numbers(made, ['x', 'c', 's', 'p', 'k', 'y']))).toBe(1);
    expect(made.quantized.activations.get('k')?.max[0]).toBe(7);
  });

  it('of constants shares with them what it can', async () => {
    const mixed = modelOf({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { y: [1, 4, 4, 4] },
      nodes: [node('Conv', ['x', 'w'], ['c']), node('Concat', ['c', 'k'], ['y'], { axis: 1 })],
      constants: [constant('w', [2, 2, 1, 1], [1, 2, 3, 4]), constant('k', [1, 2, 4, 4], [...noise(32, 20)])],
    });
    const seen = images(mixed);
    for (const changes of [TFLITE, ONNXRUNTIME]) {
      const made = await pipeline(mixed, seen, changes);
      expect(await sqnrOf(mixed, made.model, seen)).toBeGreaterThan(30);
    }
  });
});

describe('an Add', () => {
  const model = modelOf({
    inputs: { x: [1, 2, 4, 4] },
    outputs: { y: [1, 2, 4, 4] },
    nodes: [node('Conv', ['x', 'w'], ['c']), node('Sigmoid', ['x'], ['s']), node('Add', ['c', 's'], ['y'])],
    constants: [constant('w', [2, 2, 1, 1], [...noise(4, 3)])],
  });

  it('keeps three scales under both rules: their kernels rescale', async () => {
    const given = images(model);
    for (const changes of [TFLITE, ONNXRUNTIME]) {
      const made = await pipeline(model, given, changes);
      expect(different(numbers(made, ['c', 's', 'y']))).toBe(3);
      expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(30);
    }
  });
});

describe('operators that move values', () => {
  it('share the parameters of the tensor at the beginning of their chain, as do both ends of a Split', async () => {
    const model = modelOf({
      inputs: { x: [1, 4, 4, 4] },
      outputs: { y: [2, 16], z: [1, 2, 4, 4] },
      nodes: [
        node('Conv', ['x', 'w'], ['c']),
        node('Split', ['c'], ['a', 'z'], { axis: 1 }),
        node('Transpose', ['a'], ['t'], { perm: [0, 2, 3, 1] }),
        node('Reshape', ['t', 'to'], ['y']),
      ],
      constants: [
        constant('w', [4, 4, 1, 1], [...noise(16)]),
        { ...constant('to', [2], []), type: 'int64', bytes: new Uint8Array(BigInt64Array.of(2n, 16n).buffer) },
      ],
    });
    const given = images(model);
    const made = await pipeline(model, given);
    expect(different(numbers(made, ['c', 'a', 'z', 't', 'y']))).toBe(1);
    expect(made.plan.observed).toEqual(['x', 'c']);
    expect(await sqnrOf(model, made.model, given)).toBeGreaterThan(30);
  });
});
