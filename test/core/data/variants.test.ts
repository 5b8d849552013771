import { describe, expect, it } from 'vitest';
import type { Preprocess } from '../../../src-main/contract/preprocess.ts';
import { createNormalizer } from '../../../src-main/core/data/normalize.ts';
import { variantsOf } from '../../../src-main/core/data/variants.ts';

const IMAGENET: Preprocess = {
  resize: { shortSide: 256, filter: 'bilinear' }, centerCrop: [224, 224], color: 'RGB', layout: 'NCHW',
  scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], type: 'float32', labelOffset: 0,
}; // prettier-ignore

/** The tensor of one pixel. */
function values(preprocess: Preprocess, rgb: number[]): number[] {
  const into = new Float32Array(3);
  createNormalizer(preprocess)({ width: 1, height: 1, channels: 3, data: Uint8Array.from(rgb) }, into);
  return [...into];
}

const named = (given: Preprocess, change: string): Preprocess => {
  const variant = variantsOf(given, true).find((one) => one.change.startsWith(change));
  if (!variant) throw new Error(`no variant ${change}`);
  return variant.apply(given);
};

describe('variants of a preprocessing', () => {
  it('begin with the colours, and leave out what is in force', () => {
    const changes = variantsOf(IMAGENET, true).map(({ change }) => change);
    expect(changes[0]).toBe('BGR instead of RGB');
    expect(changes).toContain('pixels in −1…1 instead of ImageNet’s mean and std');
    expect(changes.some((change) => change.startsWith('ImageNet') || change.startsWith('the centre 87.5'))).toBe(false);
    expect(changes).toContain('the whole short side, without a crop');
    expect(variantsOf(IMAGENET, false).some(({ kind }) => kind === 'geometry')).toBe(false);
  });

  it('move mean and std with their channels', () => {
    const [r, g, b] = values(IMAGENET, [10, 128, 250]);
    expect(values(named(IMAGENET, 'BGR'), [10, 128, 250])).toEqual([b, g, r]);
  });

  it('mean what they say: the ends of the scale, in closed form', () => {
    expect(values(named(IMAGENET, 'pixels in −1…1'), [0, 255, 0])).toEqual([-1, 1, -1]);
    expect(values(named(IMAGENET, 'pixels in 0…255'), [0, 255, 17])).toEqual([0, 255, 17]);
    const caffe = values(named(IMAGENET, 'Caffe'), [0, 0, 255]);
    [255 - 103.939, -116.779, -123.68].forEach((value, i) => expect(caffe[i]).toBeCloseTo(value, 4));
  });

  it('turn black and white around where there is one channel, and touch no integers', () => {
    const gray: Preprocess = { color: 'gray', layout: 'NCHW', scale: 1 / 255, mean: [0.1307], std: [0.3081], type: 'float32', labelOffset: 0 };
    const inverted = named(gray, 'black and white');
    const into = new Float32Array(1);
    createNormalizer(inverted)({ width: 1, height: 1, channels: 1, data: Uint8Array.of(255) }, into);
    expect(into[0]).toBeCloseTo((0 - 0.1307) / 0.3081, 5);
    expect(variantsOf(gray, false).some(({ kind }) => kind === 'colour')).toBe(false);
    expect(variantsOf({ ...IMAGENET, type: 'uint8' }, false).map(({ kind }) => kind)).toEqual(['colour']);
  });

  it('see 87.5 % of the short side in whichever form it is written', () => {
    const cropped: Preprocess = { ...IMAGENET, crop: { fraction: 0.875 }, resize: { width: 224, height: 224, filter: 'bilinear' } };
    expect(variantsOf(cropped, true).some(({ change }) => change.startsWith('the centre 87.5'))).toBe(false);
    expect(named(cropped, 'the whole image stretched').resize).toEqual({ width: 224, height: 224, filter: 'bilinear' });
    expect(named(cropped, 'the whole image stretched').crop).toBeUndefined();
  });
});
