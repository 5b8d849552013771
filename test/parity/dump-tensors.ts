/**
 * Writes the input tensors of a data folder in the seed's order as one .npy file, and its labels as another, for agreement.py: the Python tool then
 * calibrates and is judged on exactly the numbers that Calibrant sees. Run: node test/parity/dump-tensors.ts MODEL DATA PREPROCESS OUT_FOLDER
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import { feed } from '../../src-main/runner/feed.ts';
import { openJobData } from '../../src-main/runner/job-data.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';

const [model, path, preprocessFile, folder] = process.argv.slice(2);
if (!model || !path || !preprocessFile || !folder) throw new Error('Usage: node test/parity/dump-tensors.ts MODEL DATA PREPROCESS OUT_FOLDER');

function npy(type: string, shape: number[], values: Float32Array | Int32Array): Uint8Array {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const bytes = Buffer.concat([Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]), Buffer.from(padded)]);
  return Buffer.concat([bytes, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

const preprocess = parsePreprocess(readFileSync(preprocessFile, 'utf8'), preprocessFile);
const data = await openJobData({ path, preprocess, seed: 0 }, (await readModelFile(model)).model.graph.inputs);
const size = data.input.shape.reduce((product, dim) => product * dim, 1);
const tensors = new Float32Array(data.order.length * size);
const labels = new Int32Array(data.order.length);
const quiet = { signal: new AbortController().signal, progress: { step: () => undefined } };
let count = 0;
for await (const { item, tensor } of feed(data.input, data.items, data.order, [], quiet as unknown as Parameters<typeof feed>[4])) {
  tensors.set(tensor.data as Float32Array, count * size);
  labels[count] = (item.label ?? -1) + preprocess.labelOffset;
  count += 1;
}
writeFileSync(join(folder, 'tensors.npy'), npy('<f4', [count, ...data.input.shape.slice(1)], tensors.subarray(0, count * size)));
writeFileSync(join(folder, 'labels.npy'), npy('<i4', [count], labels.subarray(0, count)));
console.log(`${count} tensors of ${data.input.shape.slice(1).join('×')}`);
