import { describe, expect, it } from 'vitest';
import type { Model } from '../../../../src-main/core/onnx/graph.ts';
import { floatsOf, intTensor } from '../../../../src-main/core/onnx/tensor.ts';
import { emitQOperator } from '../../../../src-main/core/quant/emit/qoperator.ts';
import { fakeQuantize } from '../../../../src-main/core/quant/fake.ts';
import { isolateLayer } from '../../../../src-main/core/quant/judge/isolate.ts';
import { inputLayer, layersOf } from '../../../../src-main/core/quant/judge/layers.ts';
import { compareWeights, weightError } from '../../../../src-main/core/quant/judge/weight-errors.ts';
import { matchTensors } from '../../../../src-main/core/quant/match.ts';
import { constant, modelOf, node, noise, quantize, run, type Feeds } from '../build.ts';

const float = modelOf({
  inputs: { x: [1, 2, 4, 4] },
  outputs: { y: [1, 3, 4, 4] },
  nodes: [node('Conv', ['x', 'w'], ['c']), node('Relu', ['c'], ['r']), node('Conv', ['r', 'v', 'b'], ['y'])],
  constants: [constant('w', [4, 2, 1, 1], [...noise(8)]), constant('v', [3, 4, 1, 1], [...noise(12, 2, 3)]), constant('b', [3], [0.1, 0.2, 0.3])],
});
const image: Feeds = { x: { dims: [1, 2, 4, 4], values: noise(32, 2, 7) } };

/** The layers of the float model as a quantized one has them. */
function layersIn(quantized: Model) {
  const parameters = new Map(matchTensors(float, quantized).pairs.flatMap((pair) => (pair.parameters ? [[pair.name, pair.parameters] as const] : [])));
  return layersOf(float, parameters, compareWeights(float, float, quantized).weights);
}

describe('a single layer', () => {
  it('is quantized as a model by hand with QuantizeLinear and DequantizeLinear around it alone', async () => {
    const { model, quantized } = await quantize(float, [image]);
    const [first] = layersIn(model);
    expect([first?.node.name, first?.quantized?.tensor, first?.output]).toEqual(['Conv_c', 'r', 'r']);
    const [activation, weight] = [quantized.activations.get('r'), quantized.weights.get('w')];
    if (!first || !activation || !weight) throw new Error('the layer is not quantized');

    const byHand = modelOf({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { y: [1, 3, 4, 4] },
      nodes: [
        node('DequantizeLinear', ['wq', 'ws', 'wz'], ['w'], { axis: 0 }),
        node('Conv', ['x', 'w'], ['c']),
        node('Relu', ['c'], ['r']),
        node('QuantizeLinear', ['r', 's', 'z'], ['q']),
        node('DequantizeLinear', ['q', 's', 'z'], ['d']),
        node('Conv', ['d', 'v', 'b'], ['y']),
      ],
      constants: [
        ...[...float.graph.constants.values()].filter(({ name }) => name !== 'w'),
        { name: 'wq', type: 'int8', dims: weight.dims, bytes: weight.bytes },
        constant('ws', [4], [...weight.parameters.scale]),
        intTensor('wz', [4], [0, 0, 0, 0], 'int8'),
        constant('s', [], [activation.scale[0] as number]),
        intTensor('z', [], [activation.zeroPoint[0] as number], 'uint8'),
      ],
    });
    byHand.graph.values.delete('q'); // it is no float32
    const [got, want] = [await run(isolateLayer(float, first), image), await run(byHand, image)];
    expect(got.get('y')).toEqual(want.get('y'));
    expect(got.get('y')).not.toEqual((await run(float, image)).get('y'));
  });

  it('is the input of the model too', async () => {
    const { model } = await quantize(float, [image]);
    const layer = inputLayer(model, 'x');
    if (!layer?.quantized) throw new Error('the input is not quantized');
    const rounded = fakeQuantize((image.x as Feeds[string]).values, layer.quantized.parameters, new Float32Array(32));
    const want = await run(float, { x: { dims: [1, 2, 4, 4], values: rounded } });
    expect((await run(isolateLayer(float, layer), image)).get('y')).toEqual(want.get('y'));
    expect(inputLayer(float, 'x')).toBeNull();
  });
});

describe('weights of a quantized model', () => {
  it('are found in both forms, with the error of every channel', async () => {
    const { model, quantized } = await quantize(float, [image], { granularity: 'per-tensor' });
    const integer = await quantize(float, [image], { granularity: 'per-tensor', format: 'qoperator' });
    for (const one of [model, emitQOperator(integer.quantized)]) {
      const { weights, unmatched } = compareWeights(float, float, one);
      expect(unmatched).toEqual([]);
      expect(weights.map(({ name, node: { name: at } }) => [name, at])).toEqual([['w', 'Conv_c'], ['v', 'Conv_y']]); // prettier-ignore
      const error = weightError(weights[1] as (typeof weights)[number]);
      const p = quantized.weights.get('v')?.parameters;
      if (!p) throw new Error('v is not quantized');
      const values = floatsOf(float.graph.constants.get('v') as NonNullable<ReturnType<typeof float.graph.constants.get>>);
      const rounded = values.map((value) => Math.fround(Math.round(value / (p.scale[0] as number)) * (p.scale[0] as number)));
      const sqnr = (from: number, to: number): number => {
        const sum = (f: (i: number) => number): number => Array.from({ length: to - from }, (_, i) => f(from + i)).reduce((a, b) => a + b, 0);
        return 10 * Math.log10(sum((i) => (values[i] as number) ** 2) / sum((i) => ((values[i] as number) - (rounded[i] as number)) ** 2));
      };
      expect(error).toMatchObject({ type: 'int8', granularity: 'per-tensor' });
      expect(error.sqnrDb).toBeCloseTo(sqnr(0, 12), 1);
      expect(error.channelSqnrDb.map((one) => one?.toFixed(1))).toEqual([0, 4, 8].map((from) => sqnr(from, from + 4).toFixed(1)));
      const greatest = [0, 4, 8].map((from) => Math.max(...values.subarray(from, from + 4).map(Math.abs)));
      expect(error.rangeRatio).toBeCloseTo(Math.max(...greatest) / Math.min(...greatest), 2);
    }
  });

  it('of other names are found by their order, of other shapes not at all', async () => {
    const { model } = await quantize(float, [image]);
    const renamed: Model = { ...float, graph: { ...float.graph, nodes: float.graph.nodes.map((one) => ({ ...one, name: `other/${one.name}`, inputs: one.inputs.map((name) => (name === 'w' || name === 'v' ? `other/${name}` : name)), outputs: one.outputs.map((name) => `other/${name}`) })), constants: new Map([...float.graph.constants].map(([name, tensor]) => [`other/${name}`, { ...tensor, name: `other/${name}` }])) } }; // prettier-ignore
    expect(compareWeights(renamed, renamed, model).weights.map(({ node: { name } }) => name)).toEqual(['other/Conv_c', 'other/Conv_y']);
    const fewer: Model = { ...renamed, graph: { ...renamed.graph, nodes: renamed.graph.nodes.slice(0, 1) } };
    expect(compareWeights(fewer, fewer, model)).toMatchObject({ weights: [], unmatched: ['w', 'v'] });
  });
});
