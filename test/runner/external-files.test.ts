import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, symlinkSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { floatTensor } from '../../src-main/core/onnx/tensor.ts';
import { writeModelFiles } from '../../src-main/core/onnx/write-external.ts';
import { externalFiles } from '../../src-main/runner/external-files.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import { putFiles, temporaryFolder } from '../fixtures/images.ts';
import { modelOf, node } from '../core/onnx/build.ts';
import { noise } from '../core/onnx/run.ts';

const LENGTH = 1200;

/** x + a + b with a and b, 1200 bytes each, at these places: as the writer makes it, then with other words of the same length in the entries. */
function modelWith(a: { location?: string; offset?: string }, b: { location?: string; offset?: string } = {}): Buffer {
  const constants = [floatTensor('a', [300], noise(300, 1)), floatTensor('b', [300], noise(300, 2))];
  const nodes = [node('Add', ['x', 'a'], ['t']), node('Add', ['t', 'b'], ['y'])];
  let { model } = writeModelFiles(modelOf({ nodes, constants }), { externalName: () => 'weights.bin', external: true });
  for (const [i, { location = 'weights.bin', offset }] of [a, b].entries()) {
    model = replaceEntry(model, 'location', i, location);
    if (offset !== undefined) model = replaceEntry(model, 'offset', i, offset);
  }
  return Buffer.from(model);
}

/** In the n-th place where this key stands; lengths of the messages around it are mended by hand, all of them below 16384. */
function replaceEntry(model: Uint8Array, key: string, n: number, value: string): Uint8Array {
  return rewrite(Buffer.from(model), [7, 5, 13], (entry) => {
    if (!entry.includes(key) || n-- !== 0) return entry;
    return Buffer.concat([Buffer.from([0x0a, key.length]), Buffer.from(key), Buffer.from([0x12, value.length]), Buffer.from(value)]);
  });
}

function rewrite(message: Buffer, [field, ...deeper]: number[], change: (content: Buffer) => Buffer): Buffer {
  if (field === undefined) return change(message);
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length;) {
    const start = at;
    const varint = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = message[at++] as number;
        value |= (byte & 127) << shift;
        if (byte < 128) return value;
      }
    };
    const tag = varint();
    const value = varint();
    if ((tag & 7) === 2) at += value;
    if (tag >> 3 !== field || (tag & 7) !== 2) {
      parts.push(message.subarray(start, at));
      continue;
    }
    const content = rewrite(message.subarray(at - value, at), deeper, change);
    parts.push(Buffer.from([(field << 3) | 2, (content.length & 127) | 128, content.length >> 7]), content);
  }
  return Buffer.concat(parts);
}

const weights = Buffer.concat([noise(300, 1), noise(300, 2)].flatMap((values) => [Buffer.from(values.buffer), Buffer.alloc(16)]));
const read = (folder: string, model: Buffer) => readModelFile(join(putFiles(folder, { 'm.onnx': model, 'weights.bin': weights }), 'm.onnx'));

test('every constant is read from its own range, into memory of its own', async () => {
  const { model, external, bytes } = await read(temporaryFolder(), modelWith({ offset: '0' }, { offset: '1216' }));
  const [a, b] = ['a', 'b'].map((name) => model.graph.constants.get(name)?.bytes as Uint8Array);
  expect(a).toEqual(new Uint8Array(noise(300, 1).buffer));
  expect(b).toEqual(new Uint8Array(noise(300, 2).buffer));
  expect([a?.buffer.byteLength, b?.buffer.byteLength]).toEqual([LENGTH, LENGTH]);
  expect(external).toEqual([{ name: 'weights.bin', bytes: weights.length, sha256: createHash('sha256').update(weights).digest('hex') }]);
  expect(bytes).toBe(weights.length + modelWith({ offset: '0' }, { offset: '1216' }).length);
});

test('constants at one place are tied: they share the memory', async () => {
  const { model } = await read(temporaryFolder(), modelWith({ offset: '16' }, { offset: '16' }));
  expect(model.graph.constants.get('a')?.bytes).toBe(model.graph.constants.get('b')?.bytes);
});

describe('entries that cannot be right', () => {
  test.each<[string, Parameters<typeof modelWith>, string]>([
    ['a negative offset', [{ offset: '-1' }], 'model-invalid'],
    ['an offset that is no number', [{ offset: '0x10' }], 'model-invalid'],
    ['an offset beyond every file', [{ offset: '9999999999999999999' }], 'model-invalid'],
    ['an offset beyond the end', [{ offset: '100000' }], 'model-invalid'],
    ['a range that ends beyond the end', [{ offset: '2000' }], 'model-invalid'],
    ['more bytes than the file has, since they overlap', [{ offset: '100' }, { offset: '1300' }], 'model-invalid'],
    ['the same under another name', [{ offset: '100' }, { offset: '1300', location: './weights.bin' }], 'model-invalid'],
    ['an absolute path', [{ location: '/etc/passwd' }], 'model-external-data-outside'],
    ['a path upwards', [{ location: '../weights.bin' }], 'model-external-data-outside'],
    ['a link that leads outside', [{ location: 'link.bin' }], 'model-external-data-outside'],
    ['a folder of links that leads outside', [{ location: 'linked/w.bin' }], 'model-external-data-outside'],
    ['a folder', [{ location: 'folder' }], 'model-external-data-missing'],
    ['a pipe', [{ location: 'pipe' }], 'model-external-data-missing'],
    ['a file that is not there', [{ location: 'nothing.bin' }], 'model-external-data-missing'],
  ])('%s', async (_, places, code) => {
    const folder = temporaryFolder();
    const outside = putFiles(temporaryFolder(), { 'w.bin': weights });
    mkdirSync(join(folder, 'folder'));
    symlinkSync(join(outside, 'w.bin'), join(folder, 'link.bin'));
    symlinkSync(outside, join(folder, 'linked'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(read(folder, modelWith(...places))).rejects.toMatchObject({ code, message: expect.stringContaining('m.onnx') });
  });
});

test('a range above 2 GB in its file', () => {
  const folder = putFiles(temporaryFolder(), { 'weights.bin': weights });
  const offset = 2 ** 31 + 64;
  const file = openSync(join(folder, 'weights.bin'), 'r+');
  writeSync(file, Uint8Array.of(1, 2, 3), 0, 3, offset);
  closeSync(file);
  expect(externalFiles(folder).read('weights.bin', offset - 1, 8)).toEqual(Uint8Array.of(0, 1, 2, 3));
});

test('what is too large for an ONNX file is told from one that cannot be opened', async () => {
  const folder = putFiles(temporaryFolder(), { 'm.onnx': weights });
  truncateSync(join(folder, 'm.onnx'), 2 ** 31);
  await expect(readModelFile(join(folder, 'm.onnx'))).rejects.toMatchObject({ code: 'model-not-onnx', message: expect.stringContaining('2.1 GB') });
});
