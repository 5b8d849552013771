import { join } from 'node:path';
import sharp from 'sharp';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { PreprocessSchema } from '../../src-main/contract/preprocess.ts';
import { decodeImage } from '../../src-main/runner/images/decode.ts';
import { previewTensor, thumbnail } from '../../src-main/runner/images/preview.ts';
import { plain, png, putFiles, temporaryFolder } from '../fixtures/images.ts';

const preprocess = (fields: object = {}) => v.parse(PreprocessSchema, { color: 'RGB', layout: 'NCHW', ...fields });
const fileOf = (bytes: Uint8Array, name = 'image.png') => join(putFiles(temporaryFolder(), { [name]: bytes }), name);
const decode = async (bytes: Uint8Array, fields: object = {}) => {
  const { width, height, channels, data } = await decodeImage(fileOf(bytes), preprocess(fields));
  return { width, height, channels, data: [...data] };
};

const half = (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1);

// 4×2: the pixel at (x, y) is (10·x, 20·y, 7).
const ramp = await png(4, 2, 3, [0, 1].flatMap((y) => [0, 1, 2, 3].flatMap((x) => [10 * x, 20 * y, 7]))); // prettier-ignore

describe('decodeImage', () => {
  test('gives RGB pixels as they are', async () => {
    expect(await decode(ramp)).toEqual({
      width: 4,
      height: 2,
      channels: 3,
      data: [0, 0, 7, 10, 0, 7, 20, 0, 7, 30, 0, 7, 0, 20, 7, 10, 20, 7, 20, 20, 7, 30, 20, 7],
    });
  });

  test('repeats grey, drops alpha without mixing it in, reduces 16 bits', async () => {
    expect((await decode(await png(2, 1, 1, [5, 250]))).data).toEqual([5, 5, 5, 250, 250, 250]);
    expect((await decode(await png(2, 1, 4, [200, 100, 50, 0, 10, 20, 30, 255]))).data).toEqual([200, 100, 50, 10, 20, 30]);
    const transparent = await png(1, 1, 4, [200, 100, 50, 0]);
    expect((await decode(transparent, { resize: { width: 2, height: 1 } })).data).toEqual([200, 100, 50, 200, 100, 50]);
    const deep = await sharp(Uint16Array.of(0, 32896, 65535), { raw: { width: 3, height: 1, channels: 1 } }).toColourspace('grey16').png().toBuffer(); // prettier-ignore
    expect((await decode(deep)).data).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
  });

  test('turns the image upright before anything else', async () => {
    // Orientation 6: shown turned by 90° clockwise, so the left column becomes the top row.
    const turned = await sharp(ramp).withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await decode(turned, { crop: { fraction: 1 } })).toMatchObject({
      width: 2,
      height: 4,
      data: [0, 20, 7, 0, 0, 7, 10, 20, 7, 10, 0, 7, 20, 20, 7, 20, 0, 7, 30, 20, 7, 30, 0, 7],
    });
  });

  test('crops, resizes, pads and crops the centre', async () => {
    // The central square of 4×2 is columns 1 and 2; nearest doubling repeats each pixel.
    const cropped = await decode(ramp, { crop: { fraction: 0.99 }, resize: { width: 4, height: 4, filter: 'nearest' } });
    expect(cropped.data.filter((_, i) => i % 3 === 0)).toEqual([10, 10, 20, 20, 10, 10, 20, 20, 10, 10, 20, 20, 10, 10, 20, 20]);
    const padded = await decode(ramp, { resize: { fit: [4, 4], pad: 114 } });
    expect(padded.data.filter((_, i) => i % 3 === 0)).toEqual([114, 114, 114, 114, 0, 10, 20, 30, 0, 10, 20, 30, 114, 114, 114, 114]);
    expect((await decode(ramp, { resize: { fit: [4, 4], pad: 114 }, centerCrop: [2, 2] })).data.filter((_, i) => i % 3 === 0)).toEqual([10, 20, 10, 20]);
    expect((await decode(ramp, { centerCrop: [2, 2] })).data.filter((_, i) => i % 3 === 0)).toEqual([10, 20, 10, 20]);
  });

  test('bilinear reduction averages all pixels that fall together', async () => {
    // A triangle of half-width 2 around 0.5 weighs the pixels −1…2 with 1/8, 3/8, 3/8, 1/8, and the border pixel is repeated: (60·3 + 120) / 8 = 37.5.
    const reduced = await decode(await png(4, 1, 1, [0, 60, 120, 180]), { resize: { width: 2, height: 1 } });
    expect(reduced.data).toEqual([38, 38, 38, 143, 143, 143]);
  });

  test('takes pixels that are already there', async () => {
    const pixels = { width: 2, height: 2, channels: 1 as const, data: Uint8Array.of(1, 2, 3, 4) };
    expect(await decodeImage(pixels, preprocess({ color: 'gray' }))).toBe(pixels);
    expect([...(await decodeImage(pixels, preprocess({ resize: { width: 4, height: 2, filter: 'nearest' } }))).data]).toEqual([
      1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4,
    ]);
  });

  test('the size of a JPEG does not change its pixels: no shrinking by the decoder', async () => {
    const jpeg = await sharp(await plain(64, 64, [200, 30, 30])).jpeg({ quality: 100 }).toBuffer(); // prettier-ignore
    const once = await decode(jpeg, { resize: { width: 8, height: 8 } });
    const raw = await decodeImage(fileOf(jpeg), preprocess());
    const twice = await decodeImage(raw, preprocess({ resize: { width: 8, height: 8 } }));
    expect(once.data).toEqual([...twice.data]);
  });

  test.each([
    ['an empty file', async () => new Uint8Array(0)],
    ['text', async () => Buffer.from('no image at all')],
    ['a PNG cut off', async () => half(await plain(64, 64, [1, 2, 3]))],
    ['a JPEG cut off', async () => half(await sharp(ramp).resize(64, 64).jpeg().toBuffer())],
  ])('refuses %s in one line', async (_, make) => {
    await expect(decode(await make())).rejects.toMatchObject({ code: 'data-unreadable', message: expect.stringMatching(/^[^\n]{3,100}$/) });
  });
});

test('previewTensor shows the image, its crop and the very tensor', async () => {
  const preview = await previewTensor(fileOf(ramp), preprocess({ centerCrop: [2, 2], scale: 0.1, mean: [1, 0, 0], layout: 'NHWC' }));
  expect(preview.original).toMatchObject({ width: 4, height: 2 });
  expect(preview.cropped).toMatchObject({ width: 2, height: 2 });
  expect(preview.tensor.shape).toEqual([1, 2, 2, 3]);
  expect([...preview.tensor.values].map((value) => Math.round(value * 10) / 10)).toEqual([0, 0, 0.7, 1, 0, 0.7, 0, 2, 0.7, 1, 2, 0.7]);
  expect(preview.tensor.channels.map(({ name, min, max }) => [name, min, max])).toEqual([
    ['R', 0, 1],
    ['G', 0, 2],
    ['B', expect.closeTo(0.7), expect.closeTo(0.7)],
  ]);
  expect(preview.tensor.channels[1]?.mean).toBeCloseTo(1);
});

test('thumbnail keeps the proportions and never enlarges', async () => {
  const wide = await plain(200, 100, [9, 9, 9]);
  const small = await thumbnail(fileOf(wide), 64);
  expect(small).toMatchObject({ width: 64, height: 32 });
  expect((await sharp(small.jpeg).metadata()).format).toBe('jpeg');
  expect(await thumbnail(fileOf(ramp), 64)).toMatchObject({ width: 4, height: 2 });
});
