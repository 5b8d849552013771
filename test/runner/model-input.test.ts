import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Dim, ElementType, TensorInfo } from '../../src-main/contract/model.ts';
import type { Preprocess } from '../../src-main/contract/preprocess.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { readData } from '../../src-main/runner/data/read-index.ts';
import { joinInput } from '../../src-main/runner/model-input.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import { npy } from '../fixtures/arrays.ts';
import { plain, putFiles, temporaryFolder } from '../fixtures/images.ts';

const input = (shape: Dim[] | null, type: ElementType = 'float32'): TensorInfo => ({ name: 'x', type, shape });
const images = async () => readData(putFiles(temporaryFolder(), { 'a.png': await plain(8, 6, [1, 2, 3]) }));
const plainRgb: Preprocess = { color: 'RGB', layout: 'NCHW', scale: 1, mean: [0], std: [1], type: 'float32', labelOffset: 0 };

describe('a model that images do not fit', () => {
  test.each<[string, TensorInfo[], string]>([
    ['rank 2', [input(['N', 640])], 'model-input-not-image'],
    ['no rank', [input(null)], 'model-input-not-image'],
    ['five channels', [input(['N', 5, 8, 8])], 'model-input-not-image'],
    ['two inputs', [input(['N', 3, 8, 8]), input(['N', 3, 8, 8])], 'model-input-not-image'],
    ['a batch of 4', [input([4, 3, 8, 8])], 'preprocess-mismatch'],
    ['an open size that nothing fixes', [input(['N', 3, 'h', 'w'])], 'model-dynamic-shape'],
    ['float16', [input(['N', 3, 8, 8], 'float16')], 'model-unsupported-type'],
  ])('%s', async (_, inputs, code) => {
    const data = await images();
    expect(() => joinInput(inputs, data, undefined)).toThrow(expect.objectContaining({ code }));
  });
});

test('an open size is fixed by the preprocessing', async () => {
  const joined = joinInput([input(['N', 3, 'h', 'w'])], await images(), { ...plainRgb, resize: { width: 5, height: 4, filter: 'nearest' } });
  expect(joined.shape).toEqual([1, 3, 4, 5]);
});

test('an image of another size than the model needs is refused with both sizes', async () => {
  const joined = joinInput([input(['N', 3, 8, 8])], await images(), plainRgb);
  await expect(joined.fill(0, new Float32Array(192))).rejects.toMatchObject({ code: 'preprocess-mismatch', message: expect.stringMatching(/8×6.*8×8/) });
});

test('bytes with the shape of an image are pixels; floats are features, matched without dimensions of 1', async () => {
  const pixels = await readData(join(putFiles(temporaryFolder(), { 'x.npy': npy('|u1', [1, 2, 2], Uint8Array.of(0, 255, 51, 102)) }), 'x.npy'));
  const gray = joinInput([input(['N', 1, 2, 2])], pixels, { ...plainRgb, color: 'gray', scale: 1 / 255 });
  const values = new Float32Array(4);
  await gray.fill(0, values);
  expect([...values].map((value) => Math.round(value * 100) / 100)).toEqual([0, 1, 0.2, 0.4]);

  const floats = await readData(
    join(
      putFiles(temporaryFolder(), {
        'x.npy': npy(
          '<f8',
          [1, 4, 3],
          Float64Array.from({ length: 12 }, (_, i) => i / 2),
        ),
      }),
      'x.npy',
    ),
  );
  const features = joinInput([input(['N', 4, 3, 1])], floats, undefined);
  const into = new Float32Array(12);
  await features.fill(0, into);
  expect(features).toMatchObject({ shape: [1, 4, 3, 1], preprocess: null });
  expect(into[11]).toBe(5.5);
});

describe('external data', () => {
  const external = (location: string) => {
    const entry = (key: string, value: string) => field(13, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))]));
    // TensorProto by hand: dims [2], float, name, external data, data_location EXTERNAL.
    const tensor = Buffer.concat([
      Buffer.from([0x08, 2, 0x10, 1]),
      field(8, Buffer.from('w')),
      entry('location', location),
      entry('length', '8'),
      Buffer.from([0x70, 1]),
    ]);
    const model = writeModel({ irVersion: 8, producer: '', opsets: new Map([['', 13]]), metadata: new Map(), functions: [], graph: { name: 'g', inputs: [input([2])], outputs: [{ ...input([2]), name: 'y' }], nodes: [{ name: 'n', op: 'Add', domain: '', inputs: ['x', 'w'], outputs: ['y'], attributes: new Map() }], constants: new Map(), values: new Map() } }); // prettier-ignore
    // A second GraphProto field is merged into the first (protobuf's rule for messages).
    return Buffer.concat([model, field(7, field(5, tensor))]);
  };

  test('is read from the folder, named with its hash, and never from outside it', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out'));
    const weights = new Uint8Array(Float32Array.of(1, 2).buffer);
    putFiles(folder, {
      'in/m.onnx': external('w.bin'),
      'in/w.bin': weights,
      'in/climb.onnx': external('../out/w.bin'),
      'in/link.onnx': external('link.bin'),
      'in/none.onnx': external('none.bin'),
      'out/w.bin': weights,
    });
    symlinkSync(join(folder, 'out/w.bin'), join(folder, 'in/link.bin'));
    const file = await readModelFile(join(folder, 'in/m.onnx'));
    expect(file.external).toEqual([{ name: 'w.bin', bytes: 8, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect([...(file.model.graph.constants.get('w')?.bytes ?? [])]).toEqual([...weights]);
    await expect(readModelFile(join(folder, 'in/climb.onnx'))).rejects.toMatchObject({ code: 'model-external-data-outside' });
    await expect(readModelFile(join(folder, 'in/link.onnx'))).rejects.toMatchObject({ code: 'model-external-data-outside' });
    await expect(readModelFile(join(folder, 'in/none.onnx'))).rejects.toMatchObject({ code: 'model-external-data-missing' });
  });
});

/** A length-delimited protobuf field below 128 bytes of content, or below 16384. */
function field(number: number, content: Buffer): Buffer {
  const length = content.length < 128 ? [content.length] : [(content.length & 127) | 128, content.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
}
