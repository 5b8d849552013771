import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDataIndex } from '../../src-main/runner/data/read-index.ts';
import { npy, npz } from '../fixtures/arrays.ts';
import { plain, putFiles, temporaryFolder } from '../fixtures/images.ts';

const image = await plain(4, 4, [1, 2, 3]);

function idx(dims: number[], bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * dims.length);
  head.set([0, 0, 8, dims.length]);
  dims.forEach((dim, i) => head.writeUInt32BE(dim, 4 + 4 * i));
  return Buffer.concat([head, bytes]);
}

describe('a folder of images', () => {
  test('per class: classes in sorted order, empty ones count, hidden files do not', async () => {
    const folder = putFiles(temporaryFolder(), {
      'b/2.png': image,
      'b/deep/1.PNG': image,
      'ä/3.png': image,
      'c/notes.txt': 'x',
      '.git/4.png': image,
      'b/.5.png': image,
    });
    const index = await readDataIndex(folder);
    expect(index.kind).toBe('class-folders');
    expect(index.classes).toEqual(['b', 'c', 'ä']);
    expect(index.items).toEqual([
      { file: 'b/2.png', label: 0 },
      { file: 'b/deep/1.PNG', label: 0 },
      { file: 'ä/3.png', label: 2 },
    ]);
    expect(index.problems).toMatchObject([{ code: 'data-empty-class', message: expect.stringContaining('c') }]);
  });

  test('without labels, when images lie at its top', async () => {
    const folder = putFiles(temporaryFolder(), { 'b.jpg': image, 'a/1.png': image, 'classes.json': '["cat"]' });
    expect(await readDataIndex(folder)).toMatchObject({
      kind: 'images',
      items: [
        { file: 'a/1.png', label: null },
        { file: 'b.jpg', label: null },
      ],
      classes: ['cat'],
    });
  });

  test('with labels.csv: only what it names, in sorted order', async () => {
    const folder = putFiles(temporaryFolder(), {
      'labels.csv': 'file,class_index,class\nz.png,1,dog\na.png,0,cat\n',
      'z.png': image,
      'a.png': image,
      'q.png': image,
    });
    expect(await readDataIndex(folder)).toMatchObject({
      kind: 'labels-csv',
      items: [
        { file: 'a.png', label: 0 },
        { file: 'z.png', label: 1 },
      ],
      classes: ['cat', 'dog'],
    });
  });

  test('links are followed inside the folder only', async () => {
    const outside = putFiles(temporaryFolder(), { 'secret.png': image });
    const folder = putFiles(temporaryFolder(), { 'a/1.png': image });
    symlinkSync(join(outside, 'secret.png'), join(folder, 'a/out.png'));
    symlinkSync(join(folder, 'a/1.png'), join(folder, 'a/in.png'));
    symlinkSync(folder, join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'dangling.png'));
    const index = await readDataIndex(folder);
    expect(index.items.map((item) => item.file)).toEqual(['a/1.png', 'a/in.png']);
    expect(index.problems).toMatchObject([{ code: 'data-links-ignored', message: expect.stringContaining('2 symbolic links') }]);
  });

  test('says which formats it leaves out', async () => {
    const index = await readDataIndex(putFiles(temporaryFolder(), { 'a.png': image, 'b.bmp': 'BM' }));
    expect(index.problems).toMatchObject([{ severity: 'note', code: 'data-format-ignored', message: expect.stringContaining('b.bmp') }]);
  });
});

describe('boxes and masks', () => {
  const simple = (...files: string[]) => JSON.stringify({ classes: ['a'], images: files.map((file) => ({ file, width: 4, height: 4, boxes: [] })) });

  test('annotations.json in the folder: its images by path or by name, the rest left out and said', async () => {
    const folder = putFiles(temporaryFolder(), { 'annotations.json': simple('1.png', 'none.png'), 'train/1.png': image, 'train/2.png': image });
    const index = await readDataIndex(folder);
    expect(index).toMatchObject({ kind: 'coco', classes: ['a'], items: [{ file: 'train/1.png', label: null, boxes: [] }] });
    expect(index.problems).toMatchObject([
      { severity: 'warning', code: 'data-label-file-missing', message: expect.stringContaining('names 1 of 2 images that are not there: none.png') },
      { severity: 'note', code: 'data-images-unlabelled', message: expect.stringContaining('train/2.png') },
    ]);
  });

  test('beside the folder, as COCO has it: the file that is called like it; one of other images is nobody’s', async () => {
    const root = putFiles(temporaryFolder(), {
      'annotations/instances_val.json': simple('1.png'),
      'annotations/instances_train.json': simple('9.png'),
      'val/1.png': image,
      'test/5.png': image,
    });
    expect(await readDataIndex(join(root, 'val'))).toMatchObject({ kind: 'coco', items: [{ file: '1.png', boxes: [] }] });
    expect(await readDataIndex(join(root, 'test'))).toMatchObject({ kind: 'images', problems: [] });
  });

  test('images and masks of the same names', async () => {
    const folder = putFiles(temporaryFolder(), {
      'images/1.jpg': image,
      'images/2.jpg': image,
      'masks/1.png': image,
      'masks/3.png': image,
      'classes.json': '["sky"]',
    });
    const index = await readDataIndex(folder);
    expect(index).toMatchObject({ kind: 'masks', classes: ['sky'], items: [{ file: 'images/1.jpg', mask: 'masks/1.png' }, { file: 'images/2.jpg' }] });
    expect(index.problems.map(({ code }) => code)).toEqual(['data-mask-missing', 'data-label-file-missing']);
  });

  test('features that labels.json describes', async () => {
    const labels = { shape: [2, 3], dtype: 'int8', dequantise: '(q - 1) * 0.5', classes: ['a', 'b'], labels: [1, 0] };
    const folder = putFiles(temporaryFolder(), { 'labels.json': JSON.stringify(labels), 'x.bin': new Uint8Array(6) });
    expect(await readDataIndex(folder)).toMatchObject({
      kind: 'features',
      classes: ['a', 'b'],
      items: [
        { file: 'x.bin#0', label: 1 },
        { file: 'x.bin#1', label: 0 },
      ],
    });
  });
});

describe('packed data', () => {
  test('idx with labels, whatever the files are called', async () => {
    const folder = putFiles(temporaryFolder(), {
      't10k-images.idx3-ubyte': idx([3, 2, 2], new Uint8Array(12)),
      't10k-labels-idx1-ubyte': idx([3], Uint8Array.of(7, 0, 9)),
    });
    expect(await readDataIndex(folder)).toMatchObject({
      kind: 'idx',
      items: [
        { file: 't10k-images.idx3-ubyte#0', label: 7 },
        { file: 't10k-images.idx3-ubyte#1', label: 0 },
        { file: 't10k-images.idx3-ubyte#2', label: 9 },
      ],
    });
  });

  test('npy: a file, a folder with labels, an archive', async () => {
    const x = npy('<f4', [2, 3], new Float32Array(6));
    const y = npy('<i8', [2], BigInt64Array.of(4n, 1n));
    const folder = putFiles(temporaryFolder(), {
      'x.npy': x,
      'y.npy': y,
      'both.npz': npz({ 'x.npy': { method: 'deflated', bytes: x }, 'y.npy': { method: 'stored', bytes: y } }),
    });
    expect((await readDataIndex(join(folder, 'x.npy'))).items).toEqual([{ file: 'x.npy#0', label: null }, { file: 'x.npy#1', label: null }]); // prettier-ignore
    expect((await readDataIndex(folder)).items.map((item) => item.label)).toEqual([4, 1]);
    expect((await readDataIndex(join(folder, 'both.npz'))).items).toEqual([{ file: 'both.npz#0', label: 4 }, { file: 'both.npz#1', label: 1 }]); // prettier-ignore
  });

  test('features: several samples in a file, labels by sample', async () => {
    const folder = putFiles(temporaryFolder(), {
      'features.json': '{"type": "int8", "shape": [2, 2], "scale": 0.5, "zeroPoint": 3}',
      'b.bin': new Uint8Array(8),
      'a.bin': new Uint8Array(4),
      'labels.csv': 'file,class_index\na.bin,5\nb.bin#1,6\n',
    });
    expect(await readDataIndex(folder)).toMatchObject({
      kind: 'features',
      items: [
        { file: 'a.bin#0', label: 5 },
        { file: 'b.bin#0', label: null },
        { file: 'b.bin#1', label: 6 },
      ],
    });
  });
});

describe('bad input', () => {
  const cases: [string, Record<string, string | Uint8Array>, string, string][] = [
    ['no images', { 'a.txt': 'x' }, 'data-no-images', 'no images'],
    [
      'labels that name missing files',
      { 'labels.csv': 'file,class_index\na.png,0\nb.png,1\n', 'a.png': image },
      'data-label-file-missing',
      'names 1 of 2 files that are not in the folder: b.png',
    ],
    ['labels without the columns', { 'labels.csv': 'a.png,0\n', 'a.png': image }, 'data-labels-invalid', 'class_index'],
    ['a preprocess.json with a wrong field', { 'a.png': image, 'preprocess.json': '{"color": "RGB", "layout": "NCWH"}' }, 'preprocess-invalid', '"layout"'],
    ['a preprocess.json that is no JSON', { 'a.png': image, 'preprocess.json': '{' }, 'preprocess-invalid', 'not valid JSON'],
    [
      'idx labels of another number',
      { 'x.idx3-ubyte': idx([2, 1, 1], new Uint8Array(2)), 'x.idx1-ubyte': idx([1], new Uint8Array(1)) },
      'data-labels-invalid',
      '1 labels for 2 samples',
    ],
    ['features cut off', { 'features.json': '{"type": "float32", "shape": [3]}', 'a.bin': new Uint8Array(13) }, 'data-unreadable', '13 bytes'],
    [
      'boxes of images that are not there',
      { 'annotations.json': '{"classes": [], "images": [{"file": "b.png"}]}', 'a.png': image },
      'data-label-file-missing',
      'none of them is in',
    ],
    ['masks without images', { 'images/a.png': image, 'masks/b.png': image }, 'data-labels-invalid', 'a.jpg needs the mask a.png'],
    ['a task.json with a wrong field', { 'a.png': image, 'task.json': '{"task": "detection"}' }, 'task-invalid', 'decoder'],
    [
      'features cut off behind labels.json',
      { 'labels.json': '{"shape": [3, 2], "dtype": "int8"}', 'x.bin': new Uint8Array(4) },
      'data-unreadable',
      'holds 2 samples',
    ],
    ['an npz without x', { 'x.npy': 'nothing' }, 'data-unreadable', 'not an .npy file'],
  ];
  test.each(cases)('%s', async (_, files, code, words) => {
    await expect(readDataIndex(putFiles(temporaryFolder(), files))).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  test('a path that is not there, and a file that is no data', async () => {
    const folder = putFiles(temporaryFolder(), { 'a.txt': 'x' });
    await expect(readDataIndex(join(folder, 'none'))).rejects.toMatchObject({ code: 'data-not-found' });
    await expect(readDataIndex(join(folder, 'a.txt'))).rejects.toMatchObject({ code: 'data-unreadable' });
  });
});

test('the hash names the content: the same for a copy, another for another image, label or name', async () => {
  const files = { 'labels.csv': 'file,class_index\na.png,0\n', 'a.png': image };
  const folder = putFiles(temporaryFolder(), files);
  const { sha256 } = await readDataIndex(folder);
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  expect((await readDataIndex(copy)).sha256).toBe(sha256);
  writeFileSync(join(copy, 'labels.csv'), 'file,class_index\na.png,1\n');
  expect((await readDataIndex(copy)).sha256).not.toBe(sha256);
  const other = putFiles(temporaryFolder(), { ...files, 'a.png': Buffer.concat([image, Buffer.from(' ')]) });
  expect((await readDataIndex(other)).sha256).not.toBe(sha256);
});
