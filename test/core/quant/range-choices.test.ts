import { describe, expect, it } from 'vitest';
import { deadLevels } from '../../../src-main/core/quant/dead-levels.ts';
import { fakeQuantize } from '../../../src-main/core/quant/fake.ts';
import { planQuantization } from '../../../src-main/core/quant/plan.ts';
import { choosable, chosenRange, methodChoices, RANGE_METHODS, triedRange } from '../../../src-main/core/quant/range-choices.ts';
import { Distribution } from '../../../src-main/core/quant/ranges/distribution.ts';
import type { Parameters, PlannedActivation } from '../../../src-main/core/quant/types.ts';
import { constant, modelOf, node, noise, recipe } from './build.ts';
import { images, pipeline } from './pipeline.ts';
import { draw, SHAPES, statisticsOf } from './ranges/samples.ts';

describe('dead levels of a distribution', () => {
  const gap = { min: 0, max: 4, sum: 10 * 0.5 + 5 * 3.5, histogram: { first: 0, width: 1, counts: Float64Array.of(10, 0, 0, 5) } };

  it('are the codes that nothing rounds to: outside of what occurs, and in its gaps', () => {
    // Values in 0 … 1 and 3 … 4, steps of 1: codes 0, 1, 3 and 4 of 256 get some.
    expect(deadLevels(new Distribution(gap), 1, 0, 'uint8')).toEqual({ dead: 252, levels: 256 });
    expect(deadLevels(new Distribution(gap), 1, 100, 'uint8')).toEqual({ dead: 252, levels: 256 });
    // Steps of 2: codes 0 (below 1) and 2 (3 … 4); 1 … 3 is empty.
    expect(deadLevels(new Distribution(gap), 2, 0, 'uint8')).toEqual({ dead: 254, levels: 256 });
  });

  it('count what lies outside the range for the outermost code', () => {
    // Zero point 254 leaves the codes 254 and 255: 3 … 4 is clipped to 255.
    expect(deadLevels(new Distribution(gap), 1, 254, 'uint8')).toEqual({ dead: 254, levels: 256 });
  });

  it('are all but one where every value is zero, and no more alive than there are values with 16 bits', () => {
    expect(deadLevels(new Distribution(statisticsOf(new Float32Array(100))), 1, 0, 'uint8')).toEqual({ dead: 255, levels: 256 });
    // 15 values in two bins, each with more than 10 levels.
    expect(deadLevels(new Distribution(gap), 1 / 1024, 0, 'uint16')).toEqual({ dead: 65536 - 15, levels: 65536 });
  });

  const shapes = Object.keys(SHAPES) as (keyof typeof SHAPES)[];
  it.each(shapes)('are those of quantizing the values themselves: %s', (shape) => {
    const values = draw(shape);
    const { planned, seen } = { planned: activation('x'), seen: statisticsOf(values) };
    for (const range of [
      { min: seen.min, max: seen.max },
      { min: seen.min / 2, max: seen.max / 2 },
      { min: 4 * seen.min, max: 4 * seen.max },
    ]) {
      const { scale, zeroPoint, deadLevels: dead } = triedRange({ planned, seen }, range);
      const parameters = { type: 'uint8', axis: null, scale: [scale], zeroPoint: [zeroPoint] } as unknown as Parameters;
      const real = 256 - new Set(fakeQuantize(values, parameters, new Float32Array(values.length))).size;
      // Single values in the tails may lie on either side of a border between two levels.
      expect(Math.abs(dead - real)).toBeLessThanOrEqual(4);
    }
  });
});

function activation(name: string): PlannedActivation {
  return { name, scheme: { type: 'uint8', symmetric: false, axis: null, codes: 'restricted', blockSize: null }, range: { from: 'observed', observe: [name] } };
}

const float = modelOf({
  inputs: { x: [1, 3, 8, 8] },
  outputs: { out: [1, 4, 4, 4] },
  nodes: [
    node('Conv', ['x', 'w1', 'b1'], ['a'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node('Relu', ['a'], ['r']),
    node('MaxPool', ['r'], ['pooled'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('Conv', ['pooled', 'w2', 'b2'], ['c'], { kernel_shape: [1, 1] }),
    node('Softmax', ['c'], ['out'], { axis: 1 }),
  ],
  constants: [
    constant('w1', [4, 3, 3, 3], [...noise(108, 0.5)]),
    constant('b1', [4], [0.1, -0.2, 0.3, 0]),
    constant('w2', [4, 4, 1, 1], [...noise(16, 1, 5)]),
    constant('b2', [4], [0, 0.1, 0, 0]),
  ],
});

describe('the choices of range for one tensor', () => {
  it.each([{}, { activations: 'int8', symmetricActivations: true }, { activations: 'uint16' }] as const)('are what each recipe takes: %o', async (changes) => {
    const inputs = images(float, 4);
    for (const range of RANGE_METHODS) {
      const wanted = recipe({ ...changes, range, percentile: 99 });
      const { plan, statistics, quantized } = await pipeline(float, inputs, wanted);
      for (const tensor of ['x', 'r', 'c']) {
        const of = choosable(plan, statistics, tensor);
        const made = quantized.activations.get(tensor) as Parameters;
        const want = { min: made.min[0], max: made.max[0], scale: made.scale[0], zeroPoint: made.zeroPoint[0] };
        expect(methodChoices(of, wanted).find(({ method }) => method === range)).toMatchObject(want);
        expect(chosenRange(of, plan.activations.find(({ name }) => name === tensor) as PlannedActivation, wanted)).toMatchObject({ method: 'chosen', ...want });
      }
    }
  });

  it.each(['gauss', 'laplace', 'relu', 'sparseOutliers'] as const)('have least squared error as the best, and min–max without clipping: %s', (shape) => {
    const choices = methodChoices({ planned: activation('x'), seen: statisticsOf(draw(shape)) }, recipe());
    const best = Math.max(...choices.map(({ sqnrDb }) => sqnrDb ?? 0));
    // Its ends are found to a four-hundredth of the range.
    expect(choices.find(({ method }) => method === 'mse')?.sqnrDb).toBeGreaterThan(best - 0.02);
    expect(choices.find(({ method }) => method === 'minmax')?.clipped).toBe(0);
  });

  it('keep zero in a range that is tried, and the middle of a symmetric scheme', () => {
    const seen = statisticsOf(draw('gauss', 8000));
    expect(triedRange({ planned: activation('x'), seen }, { min: 1, max: 3 })).toMatchObject({ method: 'tried', min: 0, max: 3, zeroPoint: 0 });
    const symmetric = { ...activation('x'), scheme: { ...activation('x').scheme, type: 'int8' as const, symmetric: true } };
    expect(triedRange({ planned: symmetric, seen }, { min: -1, max: 3 })).toMatchObject({ min: -3, max: 3, zeroPoint: 0 });
  });

  it('with a range that the recipe gives: that one is chosen, and the methods choose as without it', async () => {
    const { statistics } = await pipeline(float, images(float, 4));
    const given = recipe({ overrides: { c: { min: -0.5, max: 0.25 } } });
    const [plan, free] = [planQuantization(float, given), planQuantization(float, recipe())];
    const of = choosable(free, statistics, 'c');
    expect(chosenRange(of, plan.activations.find(({ name }) => name === 'c') as PlannedActivation, given)).toMatchObject({ min: -0.5, max: 0.25 });
    expect(methodChoices(of, given)).toEqual(methodChoices(choosable(free, statistics, 'c'), recipe()));
  });

  it('are refused with the reason where a range is no matter of choice', async () => {
    const { plan, statistics } = await pipeline(float, images(float, 1));
    const code = 'not-found';
    expect(() => choosable(plan, statistics, 'pooled')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('shares the range of "r"') as string }),
    );
    expect(() => choosable(plan, statistics, 'out')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('known from Softmax') as string }),
    );
    expect(() => choosable(plan, statistics, 'b1')).toThrow(expect.objectContaining({ code, message: expect.stringContaining('stays float') as string }));
    expect(() => choosable(plan, new Map(), 'c')).toThrow(expect.objectContaining({ code, message: expect.stringContaining('was not observed') as string }));
  });
});
