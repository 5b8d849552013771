import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeArray } from '../../../src-main/core/data/array-types.ts';
import { decodeFeatures, featuresArray, isWhole } from '../../../src-main/core/data/features.ts';
import { parseIdxHeader } from '../../../src-main/core/data/idx.ts';
import { parseNpyHeader } from '../../../src-main/core/data/npy.ts';
import { readZipDirectory, zipEntryBytes, type ZipEntry } from '../../../src-main/core/data/zip.ts';
import { npy, npz } from '../../fixtures/arrays.ts';

describe('npy', () => {
  test('reads type, shape and offset of what numpy.save writes', () => {
    const file = npy('<f4', [3, 2, 2], new Float32Array(12));
    expect(parseNpyHeader(file, file.length, 'x.npy')).toEqual({ type: 'float32', count: 3, shape: [2, 2], offset: 128, sampleBytes: 16 });
  });

  // The first 10 + 118 bytes that NumPy 1.26's `np.save(f, np.zeros((2, 3), np.uint8))` is documented to write (numpy.lib.format).
  test('reads a header as NumPy pads it', () => {
    const dict = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117) + '\n';
    const file = Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]), Buffer.from(dict), Buffer.alloc(6)]);
    expect(parseNpyHeader(file, file.length, 'x.npy')).toMatchObject({ type: 'uint8', count: 2, shape: [3], offset: 128 });
  });

  test.each([
    ['not an npy file', Buffer.from('hello world, hello'), 'not an .npy file'],
    ['complex numbers', npy('<c8', [1], new Uint8Array(8)), '"<c8"'],
    ['big-endian numbers', npy('>f4', [1], new Uint8Array(4)), '">f4"'],
    ['a scalar', npy('<f4', [], new Float32Array(1)), 'no sample dimension'],
    ['a file cut off', npy('<f4', [3, 2], new Float32Array(6)).subarray(0, 140), 'cut off'],
  ])('refuses %s', (_, file, words) => {
    expect(() => parseNpyHeader(file, file.length, 'x.npy')).toThrow(
      expect.objectContaining({ code: 'data-unreadable', message: expect.stringContaining(words) }),
    );
  });
});

describe('idx', () => {
  const head = (type: number, dims: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * dims.length);
    bytes.set([0, 0, type, dims.length]);
    dims.forEach((dim, i) => bytes.writeUInt32BE(dim, 4 + 4 * i));
    return bytes;
  };

  test('reads the header of images and labels', () => {
    expect(parseIdxHeader(head(8, [2000, 28, 28]), 16 + 2000 * 784, 'x')).toEqual({
      type: 'uint8',
      count: 2000,
      shape: [28, 28],
      offset: 16,
      sampleBytes: 784,
    });
    expect(parseIdxHeader(head(8, [2000]), 2008, 'x')).toMatchObject({ count: 2000, shape: [], offset: 8, sampleBytes: 1 });
  });

  test.each([
    [head(13, [1, 2, 2]), 100, 'unsigned bytes'],
    [head(8, [10, 28, 28]), 400, 'cut off'],
    [Buffer.from('PK'), 2, 'not an idx file'],
  ])('refuses what is no whole idx file', (bytes, size, words) => {
    expect(() => parseIdxHeader(bytes, size, 'x')).toThrow(expect.objectContaining({ code: 'data-unreadable', message: expect.stringContaining(words) }));
  });
});

describe('npz', () => {
  test('lists its entries, stored and deflated', () => {
    const x = npy('<f4', [2, 2], Float32Array.of(1, 2, 3, 4));
    const archive = npz({ 'x.npy': { method: 'stored', bytes: x }, 'y.npy': { method: 'deflated', bytes: Buffer.alloc(500) } });
    const [first, second] = readZipDirectory(archive, 'a.npz') as [ZipEntry, ZipEntry];
    expect(first).toMatchObject({ name: 'x.npy', method: 'stored', bytes: x.length });
    expect(Buffer.from(zipEntryBytes(archive, first, 'a.npz'))).toEqual(x);
    expect(second).toMatchObject({ name: 'y.npy', method: 'deflated', bytes: 500 });
    expect(Buffer.from(zipEntryBytes(archive, second, 'a.npz'))).toEqual(deflateRawSync(Buffer.alloc(500)));
  });

  test('refuses a cut-off archive', () => {
    const archive = npz({ 'x.npy': { method: 'stored', bytes: Buffer.alloc(100) } });
    expect(() => readZipDirectory(archive.subarray(0, 60), 'a.npz')).toThrow(expect.objectContaining({ code: 'data-unreadable' }));
  });
});

describe('features', () => {
  const spec = { type: 'int8', shape: [2, 2], scale: 0.5, zeroPoint: 3 } as const;

  test('are (q − zeroPoint)·scale', () => {
    const into = new Float32Array(4);
    expect(decodeFeatures(featuresArray({ ...spec, shape: [2, 2] }, 4), Uint8Array.of(3, 4, 0xff, 0x80), into)).toBe(true);
    expect([...into]).toEqual([0, 0.5, -2, -65.5]);
  });

  test('tell whether every value is finite', () => {
    expect(
      decodeFeatures({ type: 'float32', count: 1, shape: [2], offset: 0, sampleBytes: 8 }, new Uint8Array(Float32Array.of(1, NaN).buffer), new Float32Array(2)),
    ).toBe(false);
  });

  test('count whole samples', () => {
    expect(featuresArray({ ...spec, shape: [2, 2] }, 12)).toMatchObject({ count: 3, sampleBytes: 4 });
    expect([0, 4, 6].map((size) => isWhole({ ...spec, shape: [2, 2] }, size))).toEqual([false, true, false]);
  });
});

test('decodeArray reads unaligned little-endian elements of every type', () => {
  const bytes = new Uint8Array(17);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(1, -5n, true);
  view.setFloat64(9, 2.5, true);
  expect([...decodeArray('int64', bytes.subarray(1, 9))]).toEqual([-5]);
  expect([...decodeArray('float64', bytes.subarray(9))]).toEqual([2.5]);
  expect([...decodeArray('uint16', bytes.subarray(1, 3))]).toEqual([0xfffb]);
});
