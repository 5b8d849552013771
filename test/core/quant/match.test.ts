import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intTensor } from '../../../src-main/core/onnx/tensor.ts';
import { matchTensors } from '../../../src-main/core/quant/match.ts';
import { constant, modelOf, node, noise, quantize } from './build.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';

const channels = (name: string, value: number) => constant(name, [2], [value, value]);

/** What a user has: the BatchNormalization is still there. */
const original = modelOf({
  inputs: { x: [1, 2, 4, 4] },
  outputs: { y: [1, 2, 1, 1] },
  nodes: [
    node('Conv', ['x', 'w'], ['c']),
    node('BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'var'], ['n']),
    node('Relu', ['n'], ['r']),
    node('Exp', ['r'], ['e']),
    node('Shape', ['x'], ['shape']),
    node('Sqrt', ['gamma'], ['root']),
    node('GlobalAveragePool', ['e'], ['y']),
  ],
  constants: [constant('w', [2, 2, 1, 1], [...noise(4)]), channels('gamma', 2), channels('beta', 1), channels('mean', 0), channels('var', 1)],
  types: { shape: 'int64' },
});

/** The same with the BatchNormalization folded, as preparation leaves it. */
const folded = modelOf({
  inputs: { x: [1, 2, 4, 4] },
  outputs: { y: [1, 2, 1, 1] },
  nodes: [node('Conv', ['x', 'w', 'b'], ['n']), node('Relu', ['n'], ['r']), node('Exp', ['r'], ['e']), node('GlobalAveragePool', ['e'], ['y'])],
  constants: [constant('w', [2, 2, 1, 1], [...noise(4, 2)]), channels('b', 1)],
});

describe('matching a quantized model with its float original', () => {
  it('pairs what both have, reads the parameters, and does not complain of what was folded', async () => {
    const { model, quantized } = await quantize(folded, [{ x: { dims: [1, 2, 4, 4], values: noise(32) } }]);
    const { pairs, unmatched } = matchTensors(original, model);
    expect(unmatched).toEqual([]);
    expect(pairs.map(({ name, quantizedTensor, node: maker, op, index }) => [name, quantizedTensor, maker, op, index])).toEqual([
      ['r', 'r_DequantizeLinear_Output', 'Relu_r', 'Relu', 2],
      ['e', 'e_DequantizeLinear_Output', 'Exp_e', 'Exp', 3],
      ['y', 'y', 'GlobalAveragePool_y', 'GlobalAveragePool', 6],
    ]);
    for (const { name, parameters } of pairs) {
      const chosen = quantized.activations.get(name);
      expect(parameters).toMatchObject({ type: 'uint8', axis: null, scale: chosen?.scale, zeroPoint: chosen?.zeroPoint });
    }
  });

  it('pairs tensors that stayed float with themselves', async () => {
    const { model } = await quantize(folded, [{ x: { dims: [1, 2, 4, 4], values: noise(32) } }], { exclude: ['GlobalAveragePool_y'] });
    expect(matchTensors(original, model).pairs.map(({ name, quantizedTensor, parameters }) => [name, quantizedTensor, parameters])).toEqual([
      ['r', 'r_DequantizeLinear_Output', expect.anything()],
      ['e', 'e', null],
      ['y', 'y', null],
    ]);
  });

  it('finds pairs by structure, whatever a tool calls them, with or without a zero point', () => {
    const other = modelOf({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { out: [1, 2, 4, 4] },
      nodes: [
        node('Exp', ['x'], ['e']),
        node('QuantizeLinear', ['e', 's', 'z'], ['e:q']),
        node('DequantizeLinear', ['e:q', 's', 'z'], ['e:f']),
        node('Relu', ['e:f'], ['r']),
        node('QuantizeLinear', ['r', 's'], ['r:q']),
        node('DequantizeLinear', ['r:q', 's'], ['out']),
      ],
      constants: [constant('s', [], [0.5]), intTensor('z', [], [-3], 'int8')],
    });
    other.graph.values.delete('r:q');
    const float = modelOf({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { r: [1, 2, 4, 4], lost: [1, 2, 4, 4] },
      nodes: [node('Exp', ['x'], ['e']), node('Relu', ['e'], ['r']), node('Neg', ['e'], ['lost'])],
    });
    const { pairs, unmatched } = matchTensors(float, other);
    expect(unmatched).toEqual(['lost']);
    expect(pairs[0]).toMatchObject({ name: 'e', quantizedTensor: 'e:f', parameters: { type: 'int8', zeroPoint: Int32Array.of(-3) } });
    expect(pairs[1]).toMatchObject({ name: 'r', quantizedTensor: 'out', parameters: { type: 'uint8', zeroPoint: Int32Array.of(0) } });
    expect([pairs[0]?.parameters?.min[0], pairs[0]?.parameters?.max[0]]).toEqual([-62.5, 65]);
  });

  it('names every tensor as unmatched where the models have nothing in common', () => {
    const stranger = modelOf({ inputs: { a: [1] }, outputs: { b: [1] }, nodes: [node('Exp', ['a'], ['b'])] });
    expect(matchTensors(original, stranger).unmatched).toEqual(['c', 'n', 'r', 'e', 'y']);
  });

  it('leaves nothing unmatched in the golden graphs', async () => {
    for (const name of ['residual', 'branches']) {
      const file = readFileSync(join(resolve(import.meta.dirname, '../../parity/goldens'), `${name}.onnx`));
      const float = readModel(new Uint8Array(file));
      const size = name === 'residual' ? 12 : 13;
      const { model } = await quantize(float, [{ x: { dims: [1, 3, size, size], values: noise(3 * size * size) } }]);
      expect(matchTensors(float, model).unmatched).toEqual([]);
    }
  });
});
