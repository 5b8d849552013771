import { readFileSync, realpathSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import type { Model } from '../core/onnx/graph.ts';
import { readModel, type ExternalReader } from '../core/onnx/read.ts';
import { sha256 } from './data/hash.ts';
import { openSession, type Session } from './session.ts';

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

/**
 * Reads an ONNX file with its external data.
 * @throws CalibrantError `model-not-found`, `model-is-folder`, and those of `readModel`
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const at = resolve(path);
  const name = basename(at);
  const info = await stat(at).catch(() => null);
  if (!info) throw new CalibrantError('model-not-found', `There is no model at ${path}; check the path.`);
  if (info.isDirectory()) throw new CalibrantError('model-is-folder', `${path} is a folder; choose the .onnx file in it.`);
  const content = await readFile(at).catch((cause: unknown) => {
    throw new CalibrantError('model-not-found', `${path} cannot be opened; check its permissions.`, undefined, cause);
  });
  const files = new Map<string, Uint8Array>();
  const model = named(name, () => readModel(content, externalReader(dirname(at), files)));
  const external = [...files].map(([location, bytes]) => ({ name: location, bytes: bytes.length, sha256: sha256(bytes) }));
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

/** The reader knows bytes only, and two files may be at work. */
function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof CalibrantError ? new CalibrantError(error.code, `${name}: ${error.message}`, error.details, error) : error;
  }
}

/** With external data ONNX Runtime must read the file itself to find them beside it. */
export function openModelFile({ path, name, content, external }: Pick<ModelFile, 'path' | 'name' | 'content' | 'external'>): Promise<Session> {
  return openSession(external.length > 0 ? path : content, name);
}

/** Each file is read whole and once; the constants are views on it. A symbolic link must not lead out of the model's folder. */
function externalReader(folder: string, files: Map<string, Uint8Array>): ExternalReader {
  return (location, offset, length) => {
    const bytes = files.get(location) ?? readExternalFile(folder, location);
    files.set(location, bytes);
    return bytes.subarray(offset, length === null ? undefined : offset + length);
  };
}

function readExternalFile(folder: string, location: string): Uint8Array {
  try {
    const target = realpathSync(join(folder, location));
    if (target.startsWith(realpathSync(folder) + sep)) return readFileSync(target);
  } catch (cause) {
    throw new CalibrantError(
      'model-external-data-missing',
      `The model keeps weights in "${location}", which is not beside it or cannot be read; put that file into the model's folder.`,
      { location },
      cause,
    );
  }
  throw new CalibrantError(
    'model-external-data-outside',
    `The model keeps weights in "${location}", which leads outside its folder; put the file itself beside the model.`,
    { location },
  );
}
