import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { CalibrantError } from '../../../src-main/contract/errors.ts';
import { PlanPreviewSchema, QuantizedTensorSchema } from '../../../src-main/contract/results.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { emitQdq } from '../../../src-main/core/quant/emit/qdq.ts';
import { chooseParameters } from '../../../src-main/core/quant/parameters.ts';
import { planQuantization } from '../../../src-main/core/quant/plan.ts';
import { planPreview } from '../../../src-main/core/quant/preview.ts';
import { quantizedTensors } from '../../../src-main/core/quant/report.ts';
import type { QuantizedGraph } from '../../../src-main/core/quant/types.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { constant, modelOf, node, noise, recipe } from './build.ts';

function conv(weights: number[], biases: number[], ranges: Record<string, [number, number]>, changes: Partial<Recipe> = {}): QuantizedGraph {
  const model = modelOf({
    inputs: { x: [1, 1, 2, 2] },
    outputs: { y: [1, biases.length, 2, 2] },
    nodes: [node('Conv', ['x', 'w', 'b'], ['y'])],
    constants: [constant('w', [biases.length, weights.length / biases.length, 1, 1], weights), constant('b', [biases.length], biases)],
  });
  return chooseParameters(planQuantization(model, recipe(changes)), new Map(Object.entries(ranges).map(([name, [min, max]]) => [name, { min, max }])));
}

describe('the overflow guard of biases', () => {
  /** Printed by ONNX Runtime 1.30 for weights of ±1e-7, biases [5, −4.5] and an input scale of 0.5. */
  const ranges: Record<string, [number, number]> = { x: [0, 127.5], y: [-5, 5] };

  it('raises the one scale of weights per tensor', () => {
    const q = conv([1e-7, -1e-7], [5, -4.5], ranges, { granularity: 'per-tensor' });
    expect(q.activations.get('x')?.scale[0]).toBe(0.5);
    expect((q.weights.get('w')?.parameters.scale[0] as number) / 4.65708e-9).toBeCloseTo(1, 5);
    expect([...new Int8Array(q.weights.get('w')?.bytes ?? [])]).toEqual([21, -21]);
    expect([...new Int32Array(q.biases.get('b\nConv_y')?.bytes.buffer as ArrayBuffer)]).toEqual([2147268834, -1932541951]);
    expect(q.warnings.map(({ code, node: name }) => [code, name])).toEqual([['bias-overflow-guard', 'Conv_y']]);
  });

  it('raises the scale of each channel by what it needs', () => {
    const q = conv([1e-7, -1e-7], [5, -4.5], ranges);
    const scale = q.weights.get('w')?.parameters.scale as Float32Array;
    expect((scale[0] as number) / 4.65708e-9).toBeCloseTo(1, 5);
    expect((scale[1] as number) / 4.19137e-9).toBeCloseTo(1, 5);
    expect([...new Int8Array(q.weights.get('w')?.bytes ?? [])]).toEqual([21, -24]);
  });

  it('leaves everything as it is where the bias fits', () => {
    const q = conv([0.5, -1], [5, -4.5], ranges);
    expect(q.warnings).toEqual([]);
    expect([...new Int8Array(q.weights.get('w')?.bytes ?? [])]).toEqual([127, -127]);
  });
});

describe('warnings', () => {
  it('name the node whose weights need a scale per channel, with the ratio and the way out', () => {
    const q = conv([1, 0.001, 0.5, 0], [0, 0, 0, 0], { x: [0, 1], y: [0, 1] }, { granularity: 'per-tensor' });
    expect(q.weights.get('w')?.channelRangeRatio).toBeCloseTo(1000);
    expect(q.warnings).toMatchObject([{ severity: 'warning', code: 'weights-need-per-channel', node: 'Conv_y' }]);
    expect(q.warnings[0]?.message).toMatch(/Conv_y.*1,000-fold.*1 of 3 channels.*per channel/);
    expect(conv([1, 0.001, 0.5, 0], [0, 0, 0, 0], { x: [0, 1], y: [0, 1] }).warnings).toEqual([]);
  });

  it('name a tensor that no image activates', () => {
    const q = conv([1], [0], { x: [-1, 1], y: [0, 0] });
    expect(q.warnings).toMatchObject([{ code: 'tensor-dead', tensor: 'y' }]);
    expect(q.activations.get('y')?.max[0]).toBeLessThan(0.001);
  });

  it('refuse weights that are no numbers', () => {
    for (const value of [NaN, Infinity]) {
      expect(() => conv([1, value], [0, 0], { x: [0, 1], y: [0, 1] })).toThrow(
        expect.objectContaining({ code: 'model-nan-weights', message: expect.stringMatching(/w of node Conv_y/) as string }) as CalibrantError,
      );
    }
  });
});

describe('reports', () => {
  const model = modelOf({
    inputs: { x: [1, 8, 8, 8] },
    outputs: { y: [1, 16, 8, 8] },
    nodes: [
      node('Conv', ['x', 'layer1.weight', 'layer1.bias'], ['hidden']),
      node('Relu', ['hidden'], ['active']),
      node('MaxPool', ['active'], ['pooled'], { kernel_shape: [1, 1] }),
      node('Exp', ['pooled'], ['y']),
    ],
    constants: [constant('layer1.weight', [16, 8, 5, 5], [...noise(3200)]), constant('layer1.bias', [16], [...noise(16)])],
  });
  const ranges = new Map([
    ['x', { min: -1, max: 1 }],
    ['active', { min: 0, max: 9 }],
  ]);

  it('describe every quantized tensor as the contract says', () => {
    const tensors = v.parse(v.array(QuantizedTensorSchema), quantizedTensors(chooseParameters(planQuantization(model, recipe()), ranges)));
    expect(tensors.map(({ name, kind, type, granularity, origin }) => [name, kind, type, granularity, origin])).toEqual([
      ['x', 'activation', 'uint8', 'per-tensor', 'observed'],
      ['active', 'activation', 'uint8', 'per-tensor', 'observed'],
      ['pooled', 'activation', 'uint8', 'per-tensor', 'shared with active'],
      ['layer1.weight', 'weight', 'int8', 'per-channel', 'weights'],
      ['layer1.bias', 'bias', 'int32', 'per-channel', 'input and weights'],
    ]);
    expect(tensors[1]).toMatchObject({ range: { min: 0, max: 9 }, zeroPoint: 0 });
    expect(tensors[4]?.range).toBeNull();
  });

  it.each(['per-channel', 'per-tensor'] as const)('tell the size of the file before any image is seen: %s', (granularity) => {
    const plan = planQuantization(model, recipe({ granularity }));
    const preview = v.parse(PlanPreviewSchema, planPreview(plan, recipe({ granularity }), null, 12345));
    const written = writeModel(emitQdq(chooseParameters(plan, ranges))).length;
    expect(preview).toMatchObject({ nodes: { integer: 2, float: 1 }, sizeBytes: { float: 12345, estimated: written }, warnings: [], predicted: null });
  });
});
