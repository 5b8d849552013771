import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { CalibrantError } from '../../contract/errors.ts';
import type { FeaturesSpec } from '../../contract/data.ts';
import { decodeArray, type PackedArray } from '../../core/data/array-types.ts';
import { featuresArray, isWhole } from '../../core/data/features.ts';
import { IDX_HEADER_BYTES, parseIdxHeader } from '../../core/data/idx.ts';
import { NPY_HEADER_BYTES, parseNpyHeader } from '../../core/data/npy.ts';
import { readZipDirectory, zipEntryBytes } from '../../core/data/zip.ts';

/** Samples that lie side by side in one file. They are read one by one, so memory does not grow with their number. */
export interface PackedFile {
  array: PackedArray;
  /** The stored bytes of one sample. */
  read(index: number): Promise<Uint8Array>;
}

export async function openNpy(path: string): Promise<PackedFile> {
  const { size } = await stat(path);
  return onDisk(path, parseNpyHeader(await readRange(path, 0, Math.min(size, NPY_HEADER_BYTES)), size, basename(path)));
}

export async function openIdx(path: string): Promise<PackedFile> {
  const { size } = await stat(path);
  return onDisk(path, parseIdxHeader(await readRange(path, 0, Math.min(size, IDX_HEADER_BYTES)), size, basename(path)));
}

/** Throws `data-unreadable` when the file is not a whole number of samples. */
export async function openFeatures(path: string, spec: FeaturesSpec): Promise<PackedFile> {
  const { size } = await stat(path);
  const array = featuresArray(spec, size);
  if (!isWhole(spec, size)) {
    throw new CalibrantError(
      'data-unreadable',
      `${basename(path)} has ${size} bytes, which is not a whole number of samples of ${array.sampleBytes} bytes; check features.json.`,
    );
  }
  return onDisk(path, array);
}

/** The entry `x` of an .npz, and `y` if there is one. A compressed entry can only be unpacked whole and stays in memory. Throws `data-unreadable`. */
export async function openNpz(path: string): Promise<{ x: PackedFile; y: PackedFile | null }> {
  const where = basename(path);
  const archive = await readFile(path);
  const entries = readZipDirectory(archive, where);
  const unpack = (name: string): PackedFile | null => {
    const entry = entries.find((candidate) => candidate.name === name);
    if (!entry) return null;
    const packed = zipEntryBytes(archive, entry, where);
    const bytes = entry.method === 'stored' ? packed : inflate(packed, entry.bytes, `${name} in ${where}`);
    return inMemory(bytes, parseNpyHeader(bytes.subarray(0, NPY_HEADER_BYTES), bytes.length, `${name} in ${where}`));
  };
  const x = unpack('x.npy');
  if (!x) {
    const names = entries.map((entry) => entry.name.replace(/\.npy$/, '')).join(', ');
    throw new CalibrantError('data-unreadable', `${where} has no array "x" (it has ${names || 'nothing'}); save it with numpy.savez(file, x=…, y=…).`);
  }
  return { x, y: unpack('y.npy') };
}

/** All values of a file of class indices. Throws `data-labels-invalid`. */
export async function readLabels({ array, read }: PackedFile, count: number, where: string): Promise<number[]> {
  if (array.shape.some((dim) => dim !== 1) || array.count !== count) {
    throw new CalibrantError('data-labels-invalid', `${where} has ${array.count} labels for ${count} samples; there must be one number each.`);
  }
  const labels: number[] = [];
  for (let i = 0; i < count; i += 1) labels.push(...decodeArray(array.type, await read(i)));
  const bad = labels.findIndex((label) => !Number.isSafeInteger(label) || label < 0);
  if (bad >= 0) throw new CalibrantError('data-labels-invalid', `${where} has the label ${labels[bad]} for sample ${bad}; labels are whole numbers from 0.`);
  return labels;
}

function onDisk(path: string, array: PackedArray): PackedFile {
  return { array, read: (index) => readRange(path, array.offset + index * array.sampleBytes, array.sampleBytes) };
}

function inMemory(bytes: Uint8Array, array: PackedArray): PackedFile {
  return {
    array,
    read: (index) => Promise.resolve(bytes.subarray(array.offset + index * array.sampleBytes, array.offset + (index + 1) * array.sampleBytes)),
  };
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead < length) throw new CalibrantError('data-unreadable', `${basename(path)} became shorter while it was read.`);
    return bytes;
  } finally {
    await file.close();
  }
}

function inflate(packed: Uint8Array, bytes: number, where: string): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch (cause) {
    throw new CalibrantError('data-unreadable', `${where} cannot be unpacked; the archive is damaged.`, undefined, cause);
  }
}
