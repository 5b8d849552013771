import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { PreprocessSchema } from '../../../src-main/contract/preprocess.ts';
import { fixedSize, planGeometry } from '../../../src-main/core/data/geometry.ts';
import { guessPreprocess, readImageInput } from '../../../src-main/core/data/image-input.ts';
import { createNormalizer, tensorShape } from '../../../src-main/core/data/normalize.ts';

const preprocess = (fields: object) => v.parse(PreprocessSchema, { color: 'RGB', layout: 'NCHW', ...fields });
const plan = (width: number, height: number, fields: object) => planGeometry({ width, height }, preprocess(fields));

describe('planGeometry', () => {
  test('torchvision: short side 256, centre crop 224', () => {
    // 383 · 256 / 288 = 340.4… → 340; (340 − 224) / 2 = 58.
    const geometry = plan(383, 288, { resize: { shortSide: 256 }, centerCrop: [224, 224] });
    expect(geometry.resize).toEqual({ width: 340, height: 256, filter: 'bilinear' });
    expect(geometry.centerCrop).toEqual({ left: 58, top: 16, width: 224, height: 224 });
    expect(geometry.size).toEqual({ width: 224, height: 224 });
  });

  test('a half pixel goes to the even side', () => {
    expect(plan(7, 9, { centerCrop: [4, 4] }).centerCrop).toMatchObject({ left: 2, top: 2 });
    expect(plan(5, 5, { centerCrop: [4, 4] }).centerCrop).toMatchObject({ left: 0, top: 0 });
  });

  test('crop: the central square of a fraction of the short side', () => {
    const geometry = plan(400, 288, { crop: { fraction: 0.875 }, resize: { width: 224, height: 224 } });
    expect(geometry.crop).toEqual({ left: 74, top: 18, width: 252, height: 252 });
    expect(geometry.size).toEqual({ width: 224, height: 224 });
  });

  test('fit: proportions kept, the rest padded, in the middle or at the top left', () => {
    const fit = { fit: [416, 416], pad: 114 };
    expect(plan(640, 480, { resize: { ...fit, anchor: 'top-left' } })).toMatchObject({
      resize: { width: 416, height: 312 },
      pad: { left: 0, top: 0, right: 0, bottom: 104, value: 114 },
      size: { width: 416, height: 416 },
    });
    expect(plan(480, 641, { resize: fit }).pad).toEqual({ left: 52, top: 0, right: 52, bottom: 0, value: 114 });
  });

  test('does nothing to an image that already fits', () => {
    expect(plan(224, 224, { resize: { shortSide: 224 }, centerCrop: [224, 224] })).toEqual({
      crop: null,
      resize: null,
      pad: null,
      centerCrop: null,
      size: { width: 224, height: 224 },
    });
  });

  test('refuses a centre crop that is larger than the image', () => {
    expect(() => plan(200, 300, { centerCrop: [224, 224] })).toThrow(expect.objectContaining({ code: 'preprocess-mismatch' }));
  });
});

test('fixedSize knows when every image comes out alike', () => {
  expect(fixedSize(preprocess({ resize: { shortSide: 256 }, centerCrop: [224, 192] }))).toEqual({ width: 224, height: 192 });
  expect(fixedSize(preprocess({ resize: { width: 320, height: 240 } }))).toEqual({ width: 320, height: 240 });
  expect(fixedSize(preprocess({ crop: { fraction: 0.5 }, resize: { shortSide: 96 } }))).toEqual({ width: 96, height: 96 });
  expect(fixedSize(preprocess({ resize: { shortSide: 256 } }))).toBeNull();
  expect(fixedSize(preprocess({}))).toBeNull();
});

describe('createNormalizer', () => {
  const pixels = { width: 2, height: 1, channels: 3 as const, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
  const run = (fields: object, source: Parameters<ReturnType<typeof createNormalizer>>[0] = pixels) => {
    const spec = preprocess(fields);
    const shape = tensorShape(spec, source);
    const into = spec.type === 'float32' ? new Float32Array(shape.reduce((a, b) => a * b)) : spec.type === 'int8' ? new Int8Array(6) : new Uint8Array(6);
    createNormalizer(spec)(source, into);
    return { shape, values: [...into] };
  };

  test('layouts and colour orders', () => {
    expect(run({})).toEqual({ shape: [1, 3, 1, 2], values: [10, 40, 20, 50, 30, 60] });
    expect(run({ layout: 'NHWC' })).toEqual({ shape: [1, 1, 2, 3], values: [10, 20, 30, 40, 50, 60] });
    expect(run({ color: 'BGR' }).values).toEqual([30, 60, 20, 50, 10, 40]);
    expect(run({ color: 'BGR', layout: 'NHWC' }).values).toEqual([30, 20, 10, 60, 50, 40]);
  });

  test('(pixel·scale − mean) / std, each in the order of the colours', () => {
    expect(run({ color: 'BGR', layout: 'NHWC', scale: 0.5, mean: [1, 2, 3], std: [2, 4, 8] }).values).toEqual([7, 2, 0.25, 14.5, 5.75, 2.125]);
  });

  test('gray is BT.601 luma; gray images are repeated for colour', () => {
    // 0.299·10 + 0.587·20 + 0.114·30 = 18.15, 0.299·40 + 0.587·50 + 0.114·60 = 48.15
    expect(run({ color: 'gray' })).toEqual({ shape: [1, 1, 1, 2], values: [18, 48] });
    expect(run({}, { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) }).values).toEqual([7, 9, 7, 9, 7, 9]);
  });

  test('integer inputs are rounded half to even and clipped', () => {
    expect(run({ type: 'int8', layout: 'NHWC', scale: 0.25, mean: [0] }).values).toEqual([2, 5, 8, 10, 12, 15]);
    expect(run({ type: 'uint8', layout: 'NHWC', scale: 10, mean: [150] }).values).toEqual([0, 50, 150, 250, 255, 255]);
  });

  test('refuses mean or std of another number of channels', () => {
    expect(() => run({ mean: [1, 2] })).toThrow(
      expect.objectContaining({ code: 'preprocess-invalid', message: expect.stringContaining('2 values for "mean"') }),
    );
  });
});

describe('readImageInput and guessPreprocess', () => {
  const input = (shape: (number | string | null)[], type: 'float32' | 'uint8' | 'int8' = 'float32') => ({ name: 'x', type, shape });

  test('layout by where 1 or 3 channels are', () => {
    expect(readImageInput(input(['N', 3, 224, 192]))).toEqual({ layout: 'NCHW', channels: 3, width: 192, height: 224 });
    expect(readImageInput(input(['N', 96, 96, 1]))).toEqual({ layout: 'NHWC', channels: 1, width: 96, height: 96 });
    expect(readImageInput(input([1, 3, 'h', null]))).toEqual({ layout: 'NCHW', channels: 3, width: null, height: null });
  });

  test.each([[['N', 640]], [['N', 8, 10, 12]]])('refuses %j', (shape) => {
    expect(() => readImageInput(input(shape))).toThrow(expect.objectContaining({ code: 'model-input-not-image' }));
    expect(guessPreprocess(input(shape))).toBeNull();
  });

  test('guesses size, layout, channels and pixel/255', () => {
    expect(guessPreprocess(input(['N', 3, 224, 224]))).toEqual(preprocess({ resize: { shortSide: 224 }, centerCrop: [224, 224], scale: 1 / 255 }));
    expect(guessPreprocess(input([1, 240, 320, 3]))).toEqual(preprocess({ layout: 'NHWC', resize: { width: 320, height: 240 }, scale: 1 / 255 }));
    expect(guessPreprocess(input([1, 1, 28, 28], 'int8'))).toEqual(
      preprocess({ color: 'gray', resize: { shortSide: 28 }, centerCrop: [28, 28], mean: [128], type: 'int8' }),
    );
    expect(guessPreprocess(input([1, 3, 'h', 'w']))).toBeNull();
  });
});
