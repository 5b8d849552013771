import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ClassScoreSchema, TensorErrorSchema } from '../../../src-main/contract/results.ts';
import { createAgreementMeter, createClassificationMeter } from '../../../src-main/core/metrics/classification.ts';
import { summarize } from '../../../src-main/core/metrics/latency.ts';
import { createErrorMeter } from '../../../src-main/core/metrics/tensor-error.ts';

const scores = (...values: number[]): Float32Array => Float32Array.from(values);

describe('classification', () => {
  it('counts top-1, top-5 and each class', () => {
    const meter = createClassificationMeter({ classes: 7, labelOffset: 0, names: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
    expect(meter.add(scores(9, 0, 0, 0, 0, 0, 0), 0)).toBe(0);
    meter.add(scores(1, 2, 3, 4, 5, 6, 7), 6);
    meter.add(scores(7, 6, 5, 4, 3, 2, 1), 4); // fifth
    meter.add(scores(7, 6, 5, 4, 3, 2, 1), 5); // sixth
    meter.add(scores(0, 1, 0, 0, 0, 0, 0), 0);
    const result = meter.finish();
    expect(result).toMatchObject({ images: 5, labelled: true, top1: 40, top5: 80, chance: 100 / 7 });
    expect(v.parse(v.array(ClassScoreSchema), result.perClass)).toEqual([
      { class: 0, name: 'a', images: 2, top1: 50 },
      { class: 4, name: 'e', images: 1, top1: 0 },
      { class: 5, name: 'f', images: 1, top1: 0 },
      { class: 6, name: 'g', images: 1, top1: 100 },
    ]);
  });

  it('lets the lowest index win among equal scores, in top-1 and in top-5', () => {
    const meter = createClassificationMeter({ classes: 6, labelOffset: 0 });
    expect(meter.add(scores(1, 3, 3, 3, 3, 3), 5)).toBe(1);
    meter.add(scores(3, 3, 3, 3, 3, 3), 5); // five equal ones come first
    expect(meter.finish()).toMatchObject({ top1: 0, top5: 50 });
  });

  it('adds the label offset before it compares, and names classes by label', () => {
    const meter = createClassificationMeter({ classes: 3, labelOffset: 1, names: ['cat', 'dog'] });
    meter.add(scores(0, 0, 1), 1);
    expect(meter.finish()).toMatchObject({ top1: 100, top5: null, perClass: [{ class: 2, name: 'dog' }] });
    expect(() => meter.add(scores(0, 0, 1), 2)).toThrow(expect.objectContaining({ code: 'data-class-out-of-range', message: expect.stringContaining('labelOffset 1: 3') as string }) as Error); // prettier-ignore
    expect(() => meter.add(scores(0, 0, 1), -2)).toThrow(/-2/);
  });

  it('has no accuracy without labels', () => {
    const meter = createClassificationMeter({ classes: 10, labelOffset: 0 });
    meter.add(new Float32Array(10), null);
    expect(meter.finish()).toEqual({ images: 1, labelled: false, top1: null, top5: null, chance: null, perClass: [] });
  });

  it('never lets NaN win', () => {
    const meter = createClassificationMeter({ classes: 3, labelOffset: 0 });
    expect(meter.add(scores(NaN, 1, 2), 2)).toBe(2);
    expect(meter.add(scores(1, NaN, 0), 0)).toBe(0);
    expect(meter.finish().top1).toBe(100);
  });

  it('agreement is the share of equal classes', () => {
    const meter = createAgreementMeter();
    expect(meter.finish()).toBeNull();
    meter.add(1, 1);
    meter.add(1, 2);
    meter.add(0, 0);
    meter.add(5, 5);
    expect(meter.finish()).toBe(75);
  });
});

describe('tensor error', () => {
  it('has the closed form of a known error', () => {
    const meter = createErrorMeter();
    // Signal power 3² + 4² + 12² = 169, error power 0.1²·3: 10·log10(169/0.03).
    meter.add(scores(3, 4), scores(3.125, 4.125));
    meter.add(scores(12), scores(11.875));
    const error = v.parse(TensorErrorSchema, meter.finish());
    expect(error.sqnrDb).toBeCloseTo(10 * Math.log10(169 / (3 * 0.125 ** 2)), 12);
    expect(error.mse).toBeCloseTo(0.125 ** 2, 15);
    expect(error.maxAbs).toBe(0.125);
    const cosine = (3 * 3.125 + 4 * 4.125 + 12 * 11.875) / Math.sqrt(169 * (3.125 ** 2 + 4.125 ** 2 + 11.875 ** 2));
    expect(error.cosine).toBeCloseTo(cosine, 12);
  });

  it('is about 6.02 dB for every bit of a uniform signal: 49.9 dB for 8 bits over its range', () => {
    const meter = createErrorMeter();
    const float = Float32Array.from({ length: 100_000 }, (_, i) => i / 100_000);
    meter.add(
      float,
      float.map((value) => Math.round(value * 255) / 255),
    );
    // Σf² → 1/3, error step²/12: 10·log10(4·255²).
    expect(meter.finish().sqnrDb).toBeCloseTo(10 * Math.log10(4 * 255 ** 2), 1);
  });

  it('is null where it means nothing', () => {
    const same = createErrorMeter();
    same.add(scores(1, 2), scores(1, 2));
    expect(same.finish()).toEqual({ sqnrDb: null, cosine: 1, mse: 0, maxAbs: 0 });
    const silent = createErrorMeter();
    silent.add(scores(0, 0), scores(1, 0));
    expect(silent.finish()).toEqual({ sqnrDb: null, cosine: null, mse: 0.5, maxAbs: 1 });
    expect(() => silent.add(scores(1), scores(1, 2))).toThrow(RangeError);
  });
});

describe('latency', () => {
  it('interpolates between neighbours', () => {
    expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, p95: expect.closeTo(3.85, 12) as number });
    expect(summarize([7])).toEqual({ median: 7, p95: 7 });
    expect(summarize(Array.from({ length: 101 }, (_, i) => 100 - i))).toEqual({ median: 50, p95: 95 });
  });
});
