import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import type { Model } from '../core/onnx/graph.ts';
import { readModel } from '../core/onnx/read.ts';
import { sha256 } from './data/hash.ts';
import { externalFiles } from './external-files.ts';
import { readRange } from './read-range.ts';

/** A model as it lies on the disk. */
export interface ModelFile {
  path: string;
  name: string;
  /** Of the .onnx file. */
  content: Uint8Array;
  sha256: string;
  /** Weights that are kept beside it. */
  external: { name: string; bytes: number; sha256: string }[];
  /** All of it, external data included. */
  bytes: number;
  model: Model;
}

/** The limit of protobuf, and of hashing at once. */
const LARGEST_FILE = 2 ** 31 - 1;

/**
 * Reads an ONNX file with its external data. Weights are in memory once: as views on the file, and those outside each in memory of their own.
 * @throws CalibrantError `model-not-found`, `model-is-folder`, `model-not-onnx` above 2 GB, `runner-out-of-memory`, and those of `readModel`
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const at = resolve(path);
  const name = basename(at);
  const info = await stat(at).catch(() => null);
  if (!info) throw new CalibrantError('model-not-found', `There is no model at ${path}; check the path.`);
  if (info.isDirectory()) throw new CalibrantError('model-is-folder', `${path} is a folder; choose the .onnx file in it.`);
  if (!info.isFile() || info.size > LARGEST_FILE) {
    const what = info.isFile() ? `it has ${(info.size / 1e9).toFixed(1)} GB, and no ONNX file has more than 2.1 GB` : 'it is not a file with content';
    throw new CalibrantError('model-not-onnx', `${path} is not an ONNX model: ${what}; choose the .onnx file, which names the files of its weights itself.`);
  }
  const content = contentOf(at, info.size);
  const files = externalFiles(dirname(at));
  const model = named(name, () => readModel(content, files.read));
  const external = await files.list();
  return {
    path: at,
    name,
    content,
    sha256: sha256(content),
    external,
    bytes: content.length + external.reduce((sum, file) => sum + file.bytes, 0),
    model,
  };
}

function contentOf(path: string, size: number): Uint8Array {
  try {
    return readRange(path, 0, size);
  } catch (cause) {
    if (cause instanceof CalibrantError) throw cause;
    throw new CalibrantError('model-not-found', `${path} cannot be opened; check its permissions.`, undefined, cause);
  }
}

/** The reader knows bytes only, and two files may be at work. */
function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof CalibrantError ? new CalibrantError(error.code, `${name}: ${error.message}`, error.details, error) : error;
  }
}

/** With external data ONNX Runtime must read the file itself to find them beside it. */
export function fileSource({ path, content, external }: Pick<ModelFile, 'path' | 'content' | 'external'>): string | Uint8Array {
  return external.length > 0 ? path : content;
}
