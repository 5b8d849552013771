import { describe, expect, it } from 'vitest';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { emit } from '../../../src-main/core/quant/emit/index.ts';
import { emitQdq } from '../../../src-main/core/quant/emit/qdq.ts';
import { emitQOperator } from '../../../src-main/core/quant/emit/qoperator.ts';
import { roundedOnLoad } from '../../../src-main/core/quant/rounded-on-load.ts';
import { constant, modelOf, node, noise, recipe } from './build.ts';
import { images, leastSqnr, pipeline, runAll } from './pipeline.ts';

const CHANNELS = 8;
/** Filters of very different greatness: with one scale for all, most of them become zero. */
const unlike = Array.from(noise(CHANNELS * CHANNELS * 9), (value, i) => value * 10 ** -(Math.floor(i / (CHANNELS * 9)) / 2));
const normalised = Array.from(noise(CHANNELS * CHANNELS, 1, 5), (value, i) => value * 10 ** ((i % CHANNELS) / 2));
const float = modelOf({
  inputs: { x: [1, CHANNELS, 6, 6] },
  outputs: { y: [1, CHANNELS, 6, 6] },
  nodes: [
    node('Conv', ['x', 'w2'], ['p'], { kernel_shape: [1, 1] }),
    node('Conv', ['p', 'w1', 'b1'], ['a'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node('Conv', ['a', 'w2'], ['y'], { kernel_shape: [1, 1] }),
  ],
  constants: [
    constant('w1', [CHANNELS, CHANNELS, 3, 3], unlike),
    constant('b1', [CHANNELS], new Array<number>(CHANNELS).fill(0.01)),
    constant('w2', [CHANNELS, CHANNELS, 1, 1], normalised),
  ],
});
const samples = images(float);
const exclude = { exclude: ['Conv_a'] };

describe('a node that the recipe leaves float', () => {
  it.each(['qdq', 'qoperator'] as const)('stays float in ONNX Runtime, in %s', async (format) => {
    const { model, quantized } = await pipeline(float, samples, { ...exclude, format });
    const exact = await runAll(model, samples);
    expect(leastSqnr(exact, await runAll(model, samples, 'all'))).toBeGreaterThan(40);
    // Without the Sum it does not, or there would be nothing to protect from.
    const bare = format === 'qdq' ? emitQdq(quantized) : emitQOperator(quantized);
    expect(roundedOnLoad(bare.graph).map(({ name }) => name)).toEqual(['Conv_a']);
    expect(leastSqnr(exact, await runAll(bare, samples, 'all'))).toBeLessThan(30);
  });

  it('is said to have a Sum before it, which a later preparation takes away', async () => {
    const { quantized } = await pipeline(float, samples, exclude);
    const { model, warnings } = emit(quantized, recipe());
    expect(warnings).toEqual([expect.objectContaining({ severity: 'note', code: 'float-kept', node: 'Conv_a' })]);
    expect(model.graph.nodes.filter(({ op }) => op === 'Sum').map(({ name }) => name)).toEqual(['Conv_a_keep_float']);
    expect(prepareModel(model).model.graph.nodes.filter(({ op }) => op === 'Sum')).toEqual([]);
  });

  it('is written as the Python tool writes it with parity, and that is warned of', async () => {
    const { quantized } = await pipeline(float, samples, { ...exclude, ortParity: true });
    const { model, warnings } = emit(quantized, recipe({ ortParity: true }));
    expect(warnings).toEqual([expect.objectContaining({ severity: 'warning', code: 'float-rounded-on-load', node: 'Conv_a' })]);
    expect(model.graph.nodes.some(({ op }) => op === 'Sum')).toBe(false);
  });

  it('needs no Sum where its result goes to float nodes or out of the model', async () => {
    const { model } = await pipeline(float, samples, { exclude: ['Conv_a', 'Conv_y'] });
    expect(model.graph.nodes.some(({ op }) => op === 'Sum')).toBe(false);
  });
});
