import { describe, expect, it } from 'vitest';
import { createSegmentationMeter, topClasses } from '../../../src-main/core/metrics/segmentation.ts';

describe('segmentation', () => {
  it('has the closed form: intersection over union of each class, from all images together', () => {
    const meter = createSegmentationMeter({ classes: 4, names: ['ground', 'road', 'car', 'tree'] });
    meter.add([0, 0, 1, 1], [0, 0, 0, 1]);
    meter.add([2, 1, 1, 0], [2, 1, 2, 0]);
    // ground: 3 both, union 4. road: 2 both, union 4. car: 1 both, union 2. tree: nowhere, left out.
    expect(meter.finish()).toEqual({
      images: 2,
      pixels: 8,
      miou: expect.closeTo((75 + 50 + 50) / 3, 10) as number,
      accuracy: 75,
      perClass: [
        { class: 0, name: 'ground', images: 2, pixels: 4, iou: 75 },
        { class: 1, name: 'road', images: 2, pixels: 2, iou: 50 },
        { class: 2, name: 'car', images: 1, pixels: 2, iou: 50 },
      ],
    });
  });

  it('ignores pixels of the ignored id, whatever the answer', () => {
    const meter = createSegmentationMeter({ classes: 2, ignore: 255 });
    meter.add([0, 1, 1, 1], Uint8Array.of(0, 1, 255, 255));
    expect(meter.finish()).toMatchObject({ pixels: 2, miou: 100, accuracy: 100 });
  });

  it('counts a class that is only ever answered, with an IoU of 0', () => {
    const meter = createSegmentationMeter({ classes: 3 });
    meter.add([0, 2], [0, 0]);
    expect(meter.finish()).toMatchObject({ miou: 25, perClass: [{ class: 0, iou: 50 }, { class: 2, pixels: 0, iou: 0 }] }); // prettier-ignore
  });

  it('has no figure without pixels, and refuses what does not fit', () => {
    const meter = createSegmentationMeter({ classes: 2, ignore: 9 });
    meter.add([1], [9]);
    expect(meter.finish()).toEqual({ images: 1, pixels: 0, miou: null, accuracy: null, perClass: [] });
    expect(() => meter.add([0], [0, 1])).toThrow(RangeError);
    expect(() => meter.add([0], [2])).toThrow(/Class 2 of 2/);
    expect(() => meter.add([3], [1])).toThrow(/Class 3 of 2/);
  });

  it('finds the best class of each pixel, the lowest of equal ones', () => {
    // Two pixels, three classes: [0.1, 5], [0.3, 5], [0.2, 6].
    expect([...topClasses(Float32Array.of(0.1, 5, 0.3, 5, 0.2, 6), 3)]).toEqual([1, 2]);
    expect([...topClasses(Float32Array.of(1, 1, 1, 1), 2)]).toEqual([0, 0]);
  });
});
