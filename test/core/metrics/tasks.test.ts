import { describe, expect, it } from 'vitest';
import { planGeometry } from '../../../src-main/core/data/geometry.ts';
import { parsePreprocess } from '../../../src-main/core/data/data-files.ts';
import { areProbabilities, createConfidenceMeter, movedProbability, softmax } from '../../../src-main/core/metrics/confidence.ts';
import { createConfusionMeter } from '../../../src-main/core/metrics/confusion.ts';
import { createLocalisationMeter, pairUp } from '../../../src-main/core/metrics/localisation.ts';
import { maskGrid, UNSEEN } from '../../../src-main/core/metrics/mask-grid.ts';
import { createOutputErrorMeter } from '../../../src-main/core/metrics/output-error.ts';
import { createRegressionMeter } from '../../../src-main/core/metrics/regression.ts';
import { topClasses } from '../../../src-main/core/metrics/segmentation.ts';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe('calibration of confidence', () => {
  it('has the closed form: images by bin times accuracy minus confidence', () => {
    const meter = createConfidenceMeter();
    expect(meter.finish()).toBeNull();
    // (0.5, 0.6]: 2 of 4 at 0.6, so 10 points off. (0.9, 1]: 1 of 1 at 0.95, 5 points off. (4·10 + 1·5) / 5 = 9.
    for (const right of [true, true, false, false]) meter.add(0.6, right);
    meter.add(0.95, true);
    const result = meter.finish();
    expect(result?.error).toBeCloseTo(9, 10);
    expect(result?.bins).toMatchObject([
      { from: 0.5, to: 0.6, images: 4, accuracy: 50 },
      { from: 0.9, to: 1, images: 1, accuracy: 100 },
    ]);
  });

  it('takes probabilities as they are and makes them of scores', () => {
    expect(areProbabilities(floats(0.2, 0.8))).toBe(true);
    expect(areProbabilities(floats(0.2, 5))).toBe(false);
    expect(areProbabilities(floats(-0.1, 1))).toBe(false);
    const share = softmax(floats(1000, 1000 + Math.log(3)));
    expect(share[1]).toBeCloseTo(0.75, 4);
    expect(movedProbability(floats(0.5, 0.5), floats(0.9, 0.1))).toBeCloseTo(0.4, 6);
  });
});

it('confusions that were added, most first', () => {
  const meter = createConfusionMeter();
  for (const [truth, quantized, float] of [[0, 1, 0], [0, 1, 0], [0, 2, 2], [1, 0, 1], [2, 2, 0]] as const) meter.add(truth, quantized, float); // prettier-ignore
  expect(meter.finish()).toEqual([
    { truth: 0, answer: 1, float: 0, quantized: 2, images: 3 },
    { truth: 1, answer: 0, float: 0, quantized: 1, images: 1 },
  ]);
});

describe('localisation', () => {
  const box = (x: number, y: number, width: number, height: number, index = 0) => ({ class: index, x, y, width, height });

  it('is the mean overlap and distance of what was found', () => {
    const meter = createLocalisationMeter();
    expect(meter.finish()).toEqual({ found: 0, iou: null, offset: null });
    // Exactly; 3 pixels beside (IoU 7/13); another class; a crowd.
    meter.add(
      [box(0, 0, 10, 10), box(100, 0, 10, 10), box(200, 0, 10, 10), { ...box(300, 0, 10, 10), crowd: true }],
      [
        { ...box(0, 0, 10, 10), score: 0.9 },
        { ...box(103, 0, 10, 10), score: 0.8 },
        { ...box(200, 0, 10, 10, 1), score: 0.7 },
        { ...box(300, 0, 10, 10), score: 0.6 },
      ],
    );
    const { found, iou, offset } = meter.finish();
    expect(found).toBe(2);
    expect(iou).toBeCloseTo((100 * (1 + 7 / 13)) / 2, 10);
    expect(offset).toBeCloseTo(1.5, 10);
  });

  it('gives an object to one detection, the surer', () => {
    const pairs = pairUp([box(0, 0, 10, 10)], [{ ...box(0, 0, 10, 10), score: 0.4 }, { ...box(2, 0, 10, 10), score: 0.9 }]); // prettier-ignore
    expect(pairs).toMatchObject([{ detection: { score: 0.9 } }]);
  });
});

it('regression: error, bias and the largest deviation', () => {
  const meter = createRegressionMeter();
  expect(meter.finish()).toBeNull();
  expect(meter.add(floats(1, 2), floats(0, 0))).toBe(2.5);
  meter.add(floats(-3, 0), floats(0, 0));
  expect(meter.finish()).toEqual({ mse: 14 / 4, bias: 0, maxAbs: 3 });
});

it('outputs: the shift in percent of what float varies by', () => {
  const meter = createOutputErrorMeter();
  // Deviation of ±1 is 1, everything is 0.25 too high.
  meter.add(floats(-1, 1), floats(-0.75, 1.25));
  expect(meter.finish()).toMatchObject({ mse: 0.0625, bias: 0.25, biasShare: 25, sqnrDb: expect.closeTo(10 * Math.log10(16), 10) as number });
  const still = createOutputErrorMeter();
  still.add(floats(2, 2), floats(2, 2));
  expect(still.finish()).toMatchObject({ bias: 0, biasShare: null });
});

it('the class of a pixel, planes or interleaved', () => {
  expect([...topClasses(floats(0, 5, 1, 2), 2)]).toEqual([1, 0]);
  expect([...topClasses(floats(0, 1, 5, 2), 2, true)]).toEqual([1, 0]);
});

describe('a mask in the answer', () => {
  const grid = (mask: number, image: number, json: object, answer: number) => {
    const preprocess = parsePreprocess(JSON.stringify({ color: 'RGB', layout: 'NCHW', ...json }), 'test');
    const size = { width: image, height: image };
    return [...maskGrid({ width: mask, height: mask }, size, planGeometry(size, preprocess), { width: answer, height: answer }).columns];
  };

  it('takes the nearest pixel, also of a smaller or larger mask', () => {
    expect(grid(4, 4, { resize: { width: 2, height: 2 } }, 2)).toEqual([0, 0, 1, 1]);
    expect(grid(2, 4, { resize: { width: 8, height: 8 } }, 8)).toEqual([2, 6]);
  });

  it('does not see what a centre crop cuts off', () => {
    expect(grid(6, 6, { centerCrop: [2, 2] }, 2)).toEqual([UNSEEN, UNSEEN, 0, 1, UNSEEN, UNSEEN]);
  });

  it('stays beside the padding', () => {
    const preprocess = parsePreprocess('{"color":"RGB","layout":"NCHW","resize":{"fit":[4,4],"anchor":"center","pad":0}}', 'test');
    const image = { width: 4, height: 2 };
    expect([...maskGrid(image, image, planGeometry(image, preprocess), { width: 4, height: 4 }).rows]).toEqual([1, 2]);
  });
});
