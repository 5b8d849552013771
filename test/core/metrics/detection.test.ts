import { describe, expect, it } from 'vitest';
import type { Detection, Truth } from '../../../src-main/core/detect/box.ts';
import { createDetectionMeter, MAX_DETECTIONS } from '../../../src-main/core/metrics/detection.ts';
import golden from './coco-golden.json' with { type: 'json' };

const object = (x: number, y: number, width: number, height: number, more: Partial<Truth> = {}): Truth => ({ class: 0, x, y, width, height, ...more });
const found = (score: number, x: number, y: number, width: number, height: number, index = 0): Detection => ({ class: index, score, x, y, width, height });

function evaluate(...images: [Truth[], Detection[]][]) {
  const meter = createDetectionMeter(['cat', 'dog']);
  for (const image of images) meter.add(...image);
  return meter.finish();
}

describe('COCO mAP', () => {
  it('is 100 where every object is found exactly', () => {
    const result = evaluate([[object(0, 0, 50, 50)], [found(0.3, 0, 0, 50, 50)]], [[], []]);
    expect(result).toEqual({
      images: 2,
      objects: 1,
      ap: 100,
      ap50: 100,
      ap75: 100,
      recall: 100,
      bySize: { small: null, medium: 100, large: null },
      perClass: [{ class: 0, name: 'cat', objects: 1, ap: 100, ap50: 100, ap75: 100, recall: 100 }],
    });
  });

  it('counts an overlap that meets a threshold exactly, and no stricter one', () => {
    // Half of the object: IoU 0.5, the first of the ten thresholds.
    expect(evaluate([[object(0, 0, 10, 20)], [found(0.9, 0, 0, 10, 10)]])).toMatchObject({ ap: 10, ap50: 100, ap75: 0, recall: 10 });
  });

  it('takes 101 points of the curve, each with the best precision to its right', () => {
    // Hit, miss, hit: precision 1 up to recall 0.5 (51 points), then 2/3 (50 points).
    const truth = [object(0, 0, 50, 50), object(100, 0, 50, 50)];
    const { ap } = evaluate([truth, [found(0.9, 0, 0, 50, 50), found(0.8, 300, 0, 50, 50), found(0.7, 100, 0, 50, 50)]]);
    expect(ap).toBeCloseTo((100 * (51 + (50 * 2) / 3)) / 101, 10);
    // Recall ends at 0.5: the other 50 points are 0.
    expect(evaluate([truth, [found(0.9, 0, 0, 50, 50)]]).ap).toBeCloseTo((100 * 51) / 101, 10);
  });

  it('lets the surer of two detections take the object, even if the other covers it better', () => {
    // IoU 0.625 against 1: at 0.50, 0.55, 0.60 hit-miss (AP 1), at the other seven miss-hit (AP 1/2).
    const { ap } = evaluate([[object(0, 0, 10, 16)], [found(0.9, 0, 0, 10, 10), found(0.8, 0, 0, 10, 16)]]);
    expect(ap).toBeCloseTo(65, 10);
  });

  it('orders detections over all images by their score', () => {
    const [a, b] = [object(0, 0, 50, 50), object(0, 0, 50, 50)];
    // The miss in the second image is surer than the hit in the first: 1/2 up to recall 0.5.
    const { ap } = evaluate([[a], [found(0.5, 0, 0, 50, 50)]], [[b], [found(0.6, 200, 0, 50, 50)]]);
    expect(ap).toBeCloseTo((100 * 51 * 0.5) / 101, 10);
  });

  it('asks nobody to find a crowd, and forgives what lies inside one', () => {
    const crowd = object(100, 0, 100, 100, { crowd: true });
    const inside = [found(0.9, 110, 10, 20, 20), found(0.8, 150, 10, 20, 20)];
    expect(
      evaluate([
        [object(0, 0, 50, 50), crowd],
        [...inside, found(0.5, 0, 0, 50, 50)],
      ]),
    ).toMatchObject({ ap: 100, objects: 1 });
    expect(evaluate([[crowd], inside])).toMatchObject({ ap: null, objects: 0, perClass: [] });
  });

  it('sorts objects by their own area, and detections that found none by that of their box', () => {
    // 40×40 = 1600 pixels² is medium, but the object inside is said to have 900: small.
    const small = object(0, 0, 40, 40, { area: 900 });
    const large = object(200, 0, 100, 100);
    const { bySize } = evaluate([
      [small, large],
      [found(0.9, 400, 0, 100, 100), found(0.8, 0, 0, 40, 40), found(0.7, 200, 0, 100, 100)],
    ]);
    expect(bySize).toEqual({ small: 100, medium: null, large: 50 });
  });

  it('keeps the 100 surest detections of a class in an image', () => {
    const misses = Array.from({ length: MAX_DETECTIONS }, (_, i) => found(0.9 - i / 1000, 1000 + 60 * i, 0, 50, 50));
    const hit = found(0.1, 0, 0, 50, 50);
    expect(evaluate([[object(0, 0, 50, 50)], [...misses, hit]]).ap).toBe(0);
    expect(evaluate([[object(0, 0, 50, 50)], [...misses.slice(1), hit]]).ap).toBeCloseTo(1, 10);
  });

  it('is the mean over the classes that have objects', () => {
    const { ap, perClass } = evaluate([
      [object(0, 0, 50, 50), object(0, 0, 50, 50, { class: 1 })],
      [found(0.9, 0, 0, 50, 50), found(0.9, 500, 0, 50, 50, 1), found(0.9, 0, 0, 50, 50, 7)],
    ]);
    expect(ap).toBe(50);
    expect(perClass).toMatchObject([{ name: 'cat', ap: 100 }, { name: 'dog', ap: 0 }]); // prettier-ignore
  });

  it('does not depend on the order in which detections of an image are given', () => {
    const shuffled = golden.scenes.map(({ truth, detections }): [Truth[], Detection[]] => [
      truth,
      detections.filter((_, i) => i % 2 === 0).concat(detections.filter((_, i) => i % 2 === 1)),
    ]);
    const distinct = (scenes: [Truth[], Detection[]][]): [Truth[], Detection[]][] => scenes.map(([truth, all]) => [truth, all.map((one) => ({ ...one, score: one.score + one.x / 1e6 + one.y / 1e9 }))]); // prettier-ignore
    const given = golden.scenes.map(({ truth, detections }): [Truth[], Detection[]] => [truth, detections]);
    expect(evaluate(...distinct(shuffled)).ap).toBe(evaluate(...distinct(given)).ap);
  });

  // coco-golden.py: 40 random scenes evaluated by pycocotools 2.0.11.
  it('is what pycocotools computes', () => {
    const { scenes, expected } = golden;
    const result = evaluate(...scenes.map(({ truth, detections }): [Truth[], Detection[]] => [truth, detections]));
    const close = (value: number): unknown => expect.closeTo(value, 9);
    expect(result).toMatchObject({
      ap: close(expected.ap),
      ap50: close(expected.ap50),
      ap75: close(expected.ap75),
      recall: close(expected.recall),
      bySize: { small: close(expected.bySize.small), medium: close(expected.bySize.medium), large: close(expected.bySize.large) },
      perClass: expected.perClass.map((one) => ({ class: one.class, ap: close(one.ap), ap50: close(one.ap50), recall: close(one.recall) })),
    });
  });
});
