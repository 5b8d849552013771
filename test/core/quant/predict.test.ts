import { describe, expect, it } from 'vitest';
import { fakeQuantize } from '../../../src-main/core/quant/fake.ts';
import { predictError, predictErrors } from '../../../src-main/core/quant/predict.ts';
import { estimateRange } from '../../../src-main/core/quant/ranges/estimate.ts';
import { chooseScale, fullCodes, spreadCodes } from '../../../src-main/core/quant/scale.ts';
import type { Statistics } from '../../../src-main/core/quant/statistics.ts';
import type { IntegerType, Parameters, Plan, PlannedActivation } from '../../../src-main/core/quant/types.ts';
import { modelOf, node } from './build.ts';
import { draw, SHAPES, statisticsOf } from './ranges/samples.ts';

function parametersOf(seen: Statistics, type: IntegerType, symmetric: boolean, range: 'minmax' | 'mse' | 'percentile'): Parameters {
  const scheme = { type, symmetric, codes: 'restricted' } as const;
  const { min, max } = estimateRange(seen, scheme, { range, percentile: 99, ortParity: false });
  const { scale, zeroPoint } = chooseScale(min, max, spreadCodes(type, symmetric, 'restricted'), symmetric);
  return {
    type,
    axis: null,
    blockSize: null,
    symmetric,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(zeroPoint),
    min: Float64Array.of(min),
    max: Float64Array.of(max),
    origin: 'observed',
  };
}

/** SQNR of quantizing the values themselves, and percent of them that are beyond half a step of the ends. */
function measure(values: Float32Array, parameters: Parameters): { sqnrDb: number; clipped: number } {
  const coded = fakeQuantize(values, parameters, new Float32Array(values.length));
  const [scale, zeroPoint] = [parameters.scale[0] as number, parameters.zeroPoint[0] as number];
  const { min, max } = fullCodes(parameters.type);
  let [signal, noise, clipped] = [0, 0, 0];
  values.forEach((x, i) => {
    signal += x * x;
    noise += (x - (coded[i] as number)) ** 2;
    if (x < (min - zeroPoint - 0.5) * scale || x > (max - zeroPoint + 0.5) * scale) clipped++;
  });
  return { sqnrDb: 10 * Math.log10(signal / noise), clipped: (100 * clipped) / values.length };
}

describe('the error predicted from a histogram', () => {
  const shapes = Object.keys(SHAPES) as (keyof typeof SHAPES)[];
  const schemes = [
    ['uint8', false],
    ['int8', true],
    ['uint16', false],
    ['uint4', false],
    ['int4', true],
  ] as const;
  it.each(shapes.flatMap((shape) => schemes.map(([type, symmetric]) => [shape, type, symmetric] as const)))(
    'is within 0.5 dB of the real one: %s in %s',
    (shape, type, symmetric) => {
      const values = draw(shape);
      const seen = statisticsOf(values);
      // Where an end lies inside a bin, how many of the bin's values are clipped cannot be known.
      const { counts } = seen.histogram;
      const fullest = (100 * counts.reduce((a, b) => Math.max(a, b))) / values.length;
      for (const range of ['minmax', 'mse', 'percentile'] as const) {
        const parameters = parametersOf(seen, type, symmetric, range);
        const real = measure(values, parameters);
        const predicted = predictError('x', seen, parameters);
        expect(Math.abs((predicted.sqnrDb as number) - real.sqnrDb), range).toBeLessThan(0.5);
        expect(Math.abs(predicted.clipped - real.clipped), range).toBeLessThan(fullest);
      }
    },
  );

  it('has no decibels where there is no signal, or no error', () => {
    const zeros = statisticsOf(new Float32Array(100));
    expect(predictError('x', zeros, parametersOf(statisticsOf(draw('gauss', 8000)), 'uint8', false, 'minmax')).sqnrDb).toBeNull();
    const six = statisticsOf(new Float32Array(100).fill(6));
    const parameters = parametersOf(six, 'uint8', false, 'minmax');
    parameters.scale[0] = 0.5;
    expect(predictError('x', six, parameters)).toEqual({ tensor: 'x', min: 0, max: 6, sqnrDb: null, clipped: 0 });
  });
});

describe('the predicted errors of a plan', () => {
  const observed = (name: string, observe: string[]): PlannedActivation => ({
    name,
    scheme: { type: 'uint8', symmetric: false, axis: null, codes: 'restricted', blockSize: null },
    range: { from: 'observed', observe },
  });
  const shared: PlannedActivation = { ...observed('pooled', []), range: { from: 'shared', with: 'wide' } };
  const plan = {
    activations: [shared, observed('sum', ['sum', 'wide']), observed('wide', ['clipped']), observed('x', ['x'])],
    model: modelOf({
      inputs: { x: [1, 8] },
      outputs: { pooled: [1, 8] },
      nodes: [node('Conv', ['x', 'w'], ['wide']), node('Add', ['wide', 'x'], ['sum']), node('MaxPool', ['sum'], ['pooled'])],
    }),
  } as Plan;
  const statistics = new Map([
    ['x', statisticsOf(draw('gauss', 8000))],
    ['clipped', statisticsOf(draw('relu6', 8000))],
    ['sum', statisticsOf(draw('laplace', 8000))],
  ]);
  const parameters = new Map(plan.activations.map(({ name }) => [name, parametersOf(statistics.get('x') as Statistics, 'uint8', false, 'minmax')]));

  it('come in the order of the graph with the node that makes each, for what was observed', () => {
    const errors = predictErrors(plan, statistics, parameters);
    expect(errors.map(({ tensor, node, op }) => [tensor, node, op])).toEqual([
      ['x', '', ''],
      ['wide', 'Conv_wide', 'Conv'],
      ['sum', 'Add_sum', 'Add'],
    ]);
    // Each from its own distribution, in the parameters given.
    expect(errors[0]?.clipped).toBe(0);
    expect(errors[1]?.clipped).toBeGreaterThan(10);
    expect(errors[2]?.clipped).toBeGreaterThan(1);
  });
});
