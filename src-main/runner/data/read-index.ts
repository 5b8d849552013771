import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { DataIndex } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import type { Preprocess } from '../../contract/preprocess.ts';
import type { Task } from '../../contract/task.ts';
import { parsePreprocess, parseTask } from '../../core/data/data-files.ts';
import { listAnnotated, listAnnotatedBeside } from './annotated-folders.ts';
import { sha256OfFiles } from './hash.ts';
import { listImages, listLabelled, type Listing } from './image-folders.ts';
import { listMasked } from './masked-folders.ts';
import { listArrayFile, listDescribed, listFeatures, listIdx, listNpyFolder, namesIn, type PackedListing } from './packed-folders.ts';
import type { PackedFile } from './packed.ts';

/** A data set with what is needed to read its samples. */
export interface Data {
  index: Omit<DataIndex, 'sha256'>;
  /** Of packed data, by the part of an item's name before `#`; empty for image files. */
  packed: Map<string, PackedFile>;
  /** Reads every file once, so it is asked for when the rest is under way. Never rejects. */
  sha256(): Promise<string>;
}

/**
 * Reads what is in a data folder or file: which samples, which labels, which classes. Throws `data-*`, `preprocess-invalid` and `task-invalid`.
 */
export async function readData(path: string): Promise<Data> {
  const at = resolve(path);
  const { listing, folder } = await list(at);
  const { kind, items, classes, problems, contents } = listing;
  return {
    index: { path: at, kind, items, classes, preprocess: await readPreprocess(folder), task: await readTask(folder), problems },
    packed: 'files' in listing ? listing.files : new Map(),
    sha256: () => sha256OfFiles(contents.map((name) => ({ name, path: join(folder, name) }))),
  };
}

export async function readDataIndex(path: string): Promise<DataIndex> {
  const { index, sha256 } = await readData(path);
  return { ...index, sha256: await sha256() };
}

/** What is most telling wins: features.json, labels.csv, boxes, masks, idx, x.npy, labels.json, boxes beside the folder, then the images themselves. */
async function list(path: string): Promise<{ listing: Listing | PackedListing; folder: string }> {
  const kind = await stat(path).catch(() => null);
  if (!kind) throw new CalibrantError('data-not-found', `There is no data at ${path}; check the path.`);
  if (!kind.isDirectory()) {
    if (!/\.np[yz]$/.test(path)) {
      throw new CalibrantError('data-unreadable', `${basename(path)} is a file, and neither .npy nor .npz; point at a folder of images.`);
    }
    return { listing: await listArrayFile(path), folder: dirname(path) };
  }
  const names = await namesIn(path).catch((cause: unknown) => {
    throw new CalibrantError('data-unreadable', `${path} cannot be opened; check its permissions.`, undefined, cause);
  });
  if (names.includes('features.json')) return { listing: await listFeatures(path, names), folder: path };
  if (names.includes('labels.csv')) return { listing: await listLabelled(path), folder: path };
  const boxed = await listAnnotated(path);
  if (boxed) return { listing: boxed, folder: path };
  if (names.includes('images') && names.includes('masks')) return { listing: await listMasked(path), folder: path };
  if (names.some((name) => name.endsWith('idx3-ubyte'))) return { listing: await listIdx(path, names), folder: path };
  if (names.includes('x.npy')) return { listing: await listNpyFolder(path, names), folder: path };
  const described = names.includes('labels.json') ? await listDescribed(path, names) : null;
  if (described) return { listing: described, folder: path };
  const images = await listImages(path);
  if (images.kind !== 'images') return { listing: images, folder: path };
  const beside = await listAnnotatedBeside(path);
  return { listing: beside.listing ?? { ...images, problems: [...images.problems, ...beside.problems] }, folder: path };
}

async function readPreprocess(folder: string): Promise<Preprocess | null> {
  const text = await readFile(join(folder, 'preprocess.json'), 'utf8').catch(() => null);
  return text === null ? null : parsePreprocess(text, `${basename(folder)}/preprocess.json`);
}

async function readTask(folder: string): Promise<Task | null> {
  const text = await readFile(join(folder, 'task.json'), 'utf8').catch(() => null);
  return text === null ? null : parseTask(text, `${basename(folder)}/task.json`);
}
