import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CalibrantError } from '../../contract/errors.ts';
import { parseFeaturesSpec } from '../../core/data/data-files.ts';
import { parseLabelsJson } from '../../core/data/labels-json.ts';
import { parseLabelsCsv } from '../../core/data/labels.ts';
import { comparePaths } from '../../core/data/order.ts';
import type { Listing } from './image-folders.ts';
import { openFeatures, openIdx, openNpy, openNpz, readLabels, type PackedFile } from './packed.ts';

/** A listing of samples inside files: `file#index` leads to `files.get(file)`, sample `index`. */
export interface PackedListing extends Listing {
  files: Map<string, PackedFile>;
}

/** The one *.idx3-ubyte of a folder, with the labels of its one *.idx1-ubyte if there is one. */
export async function listIdx(folder: string, names: string[]): Promise<PackedListing> {
  const images = names.filter((name) => name.endsWith('idx3-ubyte'));
  const labels = names.filter((name) => name.endsWith('idx1-ubyte'));
  const [file] = images;
  if (file === undefined || images.length > 1 || labels.length > 1) {
    throw new CalibrantError(
      'data-unreadable',
      `${basename(folder)} has ${images.length} image and ${labels.length} label files in idx format; keep one of each in a folder.`,
    );
  }
  const packed = await openIdx(join(folder, file));
  return packedListing('idx', file, packed, labels[0] === undefined ? null : { name: labels[0], file: await openIdx(join(folder, labels[0])) });
}

/** `x.npy` and, if there is one, `y.npy` beside it. */
export async function listNpyFolder(folder: string, names: string[]): Promise<PackedListing> {
  const labels = names.includes('y.npy') ? { name: 'y.npy', file: await openNpy(join(folder, 'y.npy')) } : null;
  return packedListing('npy', 'x.npy', await openNpy(join(folder, 'x.npy')), labels);
}

/** One .npy (samples only) or .npz (`x` and perhaps `y`). */
export async function listArrayFile(path: string): Promise<PackedListing> {
  const file = basename(path);
  if (file.endsWith('.npy')) return packedListing('npy', file, await openNpy(path), null);
  const { x, y } = await openNpz(path);
  return packedListing('npy', file, x, y ? { name: file, file: y } : null);
}

/** The `.bin` files beside `features.json`; labels in `labels.csv` name `file#index`, or `file` for its first sample. */
export async function listFeatures(folder: string, names: string[]): Promise<PackedListing> {
  const where = basename(folder);
  const spec = parseFeaturesSpec(await readFile(join(folder, 'features.json'), 'utf8'), `${where}/features.json`);
  const bins = names.filter((name) => name.endsWith('.bin')).sort(comparePaths);
  if (bins.length === 0) throw new CalibrantError('data-unreadable', `${where} has features.json, but no .bin files beside it.`);
  const labels = names.includes('labels.csv') ? parseLabelsCsv(await readFile(join(folder, 'labels.csv'), 'utf8'), `${where}/labels.csv`) : null;

  const files = new Map<string, PackedFile>();
  const items: Listing['items'] = [];
  for (const name of bins) {
    const packed = await openFeatures(join(folder, name), spec);
    files.set(name, packed);
    for (let i = 0; i < packed.array.count; i += 1) {
      const label = labels?.byFile.get(`${name}#${i}`) ?? (i === 0 ? labels?.byFile.get(name) : undefined);
      items.push({ file: `${name}#${i}`, label: label ?? null });
    }
  }
  const known = new Set(items.map((item) => item.file));
  const missing = [...(labels?.byFile.keys() ?? [])].find((file) => !known.has(file) && !files.has(file));
  if (missing !== undefined) {
    throw new CalibrantError(
      'data-label-file-missing',
      `labels.csv of ${where} names ${missing}, which is not there; samples are named like ${items[0]?.file}.`,
    );
  }
  const contents = ['features.json', ...bins, ...(labels ? ['labels.csv'] : [])];
  return { kind: 'features', contents, items, classes: labels?.classes ?? [], problems: [], files };
}

/** The one `.bin` file that `labels.json` describes; null where that is something else. */
export async function listDescribed(folder: string, names: string[]): Promise<PackedListing | null> {
  const where = `${basename(folder)}/labels.json`;
  const bins = names.filter((name) => name.endsWith('.bin'));
  const described = parseLabelsJson(await readFile(join(folder, 'labels.json'), 'utf8'), where);
  const [file] = bins;
  if (!described || file === undefined) return null;
  if (bins.length > 1) throw new CalibrantError('data-unreadable', `${where} describes one .bin file, and there are ${bins.length}; keep one in the folder.`);
  const packed = await openFeatures(join(folder, file), described.spec);
  if (packed.array.count !== described.count) {
    throw new CalibrantError('data-unreadable', `${file} holds ${packed.array.count} samples, and ${where} describes ${described.count}.`);
  }
  const items = Array.from({ length: described.count }, (_, i) => ({ file: `${file}#${i}`, label: described.labels?.[i] ?? null }));
  return { kind: 'features', contents: ['labels.json', file], items, classes: described.classes, problems: [], files: new Map([[file, packed]]) };
}

async function packedListing(kind: 'idx' | 'npy', file: string, packed: PackedFile, labels: { name: string; file: PackedFile } | null): Promise<PackedListing> {
  const { count } = packed.array;
  if (count === 0) throw new CalibrantError('data-unreadable', `${file} holds no samples.`);
  const classIndices = labels ? await readLabels(labels.file, count, labels.name) : null;
  const items = Array.from({ length: count }, (_, i) => ({ file: `${file}#${i}`, label: classIndices?.[i] ?? null }));
  const contents = [...new Set([file, ...(labels ? [labels.name] : [])])];
  return { kind, contents, items, classes: [], problems: [], files: new Map([[file, packed]]) };
}

export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.'));
}
