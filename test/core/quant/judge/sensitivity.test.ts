import { describe, expect, it } from 'vitest';
import { createSums, type ComparisonSums } from '../../../../src-main/core/metrics/compare-tensors.ts';
import type { Model } from '../../../../src-main/core/onnx/graph.ts';
import type { Layer } from '../../../../src-main/core/quant/judge/layers.ts';
import { estimateSensitivity } from '../../../../src-main/core/quant/judge/sensitivity.ts';
import type { Parameters } from '../../../../src-main/core/quant/types.ts';
import { nodeOf } from '../../onnx/build.ts';
import { constant, modelOf, node } from '../build.ts';

/** Sums of a tensor with these signals by channel, and the noise of its own quantization. */
function sums(signal: number[], localNoise = 0, count = 10): ComparisonSums {
  return { ...createSums(signal.length, true), count, signal: Float64Array.from(signal), local: { other: 1, noise: localNoise, maxAbs: 0 } };
}

const parameters = {} as Parameters;
const layer = (model: Model, name: string): Layer => {
  const made = nodeOf(model.graph, name);
  const tensor = made.outputs[0] as string;
  return { node: made, quantized: { tensor, parameters }, output: tensor, weight: null };
};
/** A layer whose weight alone is quantized, by channel. */
const withWeight = (model: Model, name: string, signal: number[], noise: number[]): Layer => {
  const held = { name: 'w', node: name, output: '', dims: [], values: new Float32Array(0), type: 'int8', granularity: 'per-tensor' as const };
  const weight = { node: nodeOf(model.graph, name), input: 1, name: 'w', held, signal: Float64Array.from(signal), noise: Float64Array.from(noise), greatest: new Float64Array(signal.length) }; // prettier-ignore
  return { ...layer(model, name), quantized: null, weight };
};

describe('the effect of one layer on the output, in closed form', () => {
  it('a chain keeps the noise-to-signal ratio', () => {
    const model = modelOf({
      inputs: { x: [1, 1, 2, 2] },
      outputs: { y: [1, 1, 2, 2] },
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Relu', ['a'], ['b']), node('Conv', ['b', 'w'], ['y'])],
      constants: [constant('w', [1, 1, 1, 1], [3])],
    });
    const measured = new Map([['a', sums([50], 2)], ['b', sums([40])], ['y', sums([360], 9)]]); // prettier-ignore
    const estimates = estimateSensitivity(model, [layer(model, 'Conv_a'), layer(model, 'Conv_y')], measured);
    expect(estimates.map(({ output }) => output)).toEqual([2 / 50, 9 / 360]);
    // 0.1² of 2² in the weight, beside the rounding of the output.
    const both = { ...withWeight(model, 'Conv_a', [4], [0.01]), quantized: { tensor: 'a', parameters } };
    expect(estimateSensitivity(model, [both], measured)[0]?.output).toBeCloseTo(2 / 50 + 0.01 / 4, 12);
  });

  it('a residual sum weighs a branch with its share of the power, and what both branches carry comes twice', () => {
    const model = modelOf({
      inputs: { x: [1, 1, 2, 2] },
      outputs: { y: [1, 1, 2, 2] },
      nodes: [node('Conv', ['x', 'w'], ['trunk']), node('Conv', ['trunk', 'w'], ['branch']), node('Add', ['trunk', 'branch'], ['y'])],
      constants: [constant('w', [1, 1, 1, 1], [3])],
    });
    const measured = new Map([['trunk', sums([10], 1)], ['branch', sums([90], 3)], ['y', sums([100], 5)]]); // prettier-ignore
    const layers = ['Conv_trunk', 'Conv_branch', 'Add_y'].map((name) => layer(model, name));
    const estimates = estimateSensitivity(model, layers, measured).map(({ output }) => output);
    expect(estimates[1]).toBeCloseTo((3 / 90) * (90 / 100), 12);
    expect(estimates[0]).toBeCloseTo((1 / 10) * (10 / 100 + 90 / 100), 12);
    expect(estimates[2]).toBeCloseTo(5 / 100, 12);
    // Nothing measured of the sum: the branches share equally.
    measured.delete('y');
    expect(estimateSensitivity(model, layers, measured)[1]?.output).toBeCloseTo(3 / 90 / 2, 12);
  });

  it('a Concat counts the elements too, several outputs count equally', () => {
    const model = modelOf({
      inputs: { x: [1, 1, 2, 2] },
      outputs: { y: [1, 4, 2, 2], z: [1, 1, 2, 2] },
      nodes: [
        node('Conv', ['x', 'w'], ['few']),
        node('Conv', ['x', 'three'], ['many']),
        node('Concat', ['few', 'many'], ['y'], { axis: 1 }),
        node('Relu', ['few'], ['z']),
      ],
      constants: [constant('w', [1, 1, 1, 1], [3]), constant('three', [3, 1, 1, 1], [1, 2, 3])],
    });
    const measured = new Map([['few', sums([80], 4, 10)], ['many', sums([100, 60, 80], 6, 30)], ['y', sums([80, 100, 60, 80], 0, 40)]]); // prettier-ignore
    const [few, many] = estimateSensitivity(model, [layer(model, 'Conv_few'), layer(model, 'Conv_many')], measured);
    expect(few?.output).toBeCloseTo(((4 / 80) * (80 / 320) + 4 / 80) / 2, 12);
    expect(many?.output).toBeCloseTo(((6 / 240) * (240 / 320)) / 2, 12);
  });

  it('a SiLU is one activation: it keeps the ratio, and does not count what reads it twice', () => {
    const model = modelOf({
      inputs: { x: [1, 1, 2, 2] },
      outputs: { y: [1, 1, 2, 2] },
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Sigmoid', ['a'], ['g']), node('Mul', ['a', 'g'], ['m']), node('Conv', ['m', 'w'], ['y'])],
      constants: [constant('w', [1, 1, 1, 1], [3])],
    });
    const measured = new Map([['a', sums([50], 2)], ['g', sums([5], 0.1)], ['m', sums([40], 1)], ['y', sums([360], 9)]]); // prettier-ignore
    const estimates = estimateSensitivity(
      model,
      ['Conv_a', 'Sigmoid_g', 'Mul_m'].map((name) => layer(model, name)),
      measured,
    );
    expect(estimates.map(({ output }) => output)).toEqual([2 / 50, 0.1 / 5, 1 / 40]);
  });

  it('a small channel counts for what a depthwise convolution behind makes of it, and loses no more than itself', () => {
    const model = modelOf({
      inputs: { x: [1, 1, 2, 2] },
      outputs: { y: [1, 1, 2, 2] },
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Conv', ['a', 'own'], ['d'], { group: 2 }), node('Conv', ['d', 'next'], ['y'])],
      constants: [constant('w', [2, 1, 1, 1], [100, 1]), constant('own', [2, 1, 1, 1], [1, 100]), constant('next', [1, 2, 1, 1], [1, 1])],
    });
    // Rounding noise of 4 for each channel: 4/10000 of the first, and all of the second, whose signal is 1. Behind, both are alike.
    const measured = new Map([['a', sums([10000, 1], 8)], ['d', sums([10000, 10000])]]); // prettier-ignore
    const [estimate] = estimateSensitivity(model, [layer(model, 'Conv_a')], measured);
    expect(estimate?.output).toBeCloseTo((4 / 10000 + 1) / 2, 12);
  });

  it('a channel of great values hides nothing where the next weights make it small', () => {
    const model = modelOf({
      inputs: { x: [1, 1, 2, 2] },
      outputs: { y: [1, 1, 2, 2] },
      nodes: [node('Conv', ['x', 'w'], ['a']), node('Conv', ['a', 'next'], ['y'])],
      constants: [constant('w', [2, 1, 1, 1], [100, 1]), constant('next', [1, 2, 1, 1], [0.01, 1])],
    });
    // The second channel lost a tenth of its power, the first nothing; behind the next weights both are alike.
    const lost = withWeight(model, 'Conv_a', [10000, 1], [0, 0.1]);
    const [estimate] = estimateSensitivity(model, [lost], new Map([['a', sums([10000, 1])]]));
    expect(estimate?.local).toBeCloseTo(0.1 / 10001, 12);
    expect(estimate?.output).toBeCloseTo(0.1 / 2, 8);
  });
});
