import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import { invalidModel } from '../core/onnx/invalid.ts';
import type { ExternalReader } from '../core/onnx/read.ts';
import { sha256OfFile } from './data/hash.ts';
import { readRange } from './read-range.ts';

/** The files beside a model that hold its weights. */
export interface ExternalFiles {
  /** Reads one range into memory of its own: a file may hold more than the model needs. */
  read: ExternalReader;
  /** Every file that was read, under the name that the model has for it, with the hash of all of it. */
  list(): Promise<{ name: string; bytes: number; sha256: string }[]>;
}

interface ExternalFile {
  path: string;
  bytes: number;
  /** What was read, by its offset. */
  ranges: Map<number, Uint8Array>;
  bytesRead: number;
}

/** Throws `model-external-data-missing`, `model-external-data-outside`, `model-invalid`, `runner-out-of-memory` when something is read. */
export function externalFiles(folder: string): ExternalFiles {
  const byName = new Map<string, ExternalFile>();
  // One file may have many names: "w.bin", "./w.bin", a link.
  const byPath = new Map<string, ExternalFile>();
  const fileAt = (location: string): ExternalFile => {
    const known = byName.get(location);
    if (known) return known;
    const { path, bytes } = find(folder, location);
    const file = byPath.get(path) ?? { path, bytes, ranges: new Map<number, Uint8Array>(), bytesRead: 0 };
    byName.set(location, file);
    byPath.set(path, file);
    return file;
  };
  return {
    read: (location, offset, length) => {
      const file = fileAt(location);
      // No more than is there, so that an invented shape cannot make anyone allocate: the reader of the model notices what is missing.
      const available = Math.max(0, Math.min(length ?? Infinity, file.bytes - offset));
      // Tied weights share their place, and so the memory.
      const known = file.ranges.get(offset);
      if (known?.length === available) return known;
      file.bytesRead += available;
      // Thousands of constants on the same bytes would read a file of some megabytes into terabytes of memory.
      if (file.bytesRead > file.bytes) throw invalidModel(`its constants overlap in “${location}”`, { location });
      const bytes = readOrRefuse(file.path, offset, available, location);
      file.ranges.set(offset, bytes);
      return bytes;
    },
    list: async () => {
      const list = [];
      for (const [name, { path, bytes }] of byName) list.push({ name, bytes, sha256: await sha256OfFile(path, bytes) });
      return list;
    },
  };
}

/** A symbolic link must not lead out of the model's folder, and a pipe would keep its opener waiting for ever. */
function find(folder: string, location: string): { path: string; bytes: number } {
  let path;
  let info;
  try {
    path = realpathSync(join(folder, location));
    folder = realpathSync(folder);
    info = statSync(path);
  } catch (cause) {
    throw missing(location, cause);
  }
  if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new CalibrantError(
      'model-external-data-outside',
      `The model keeps weights in "${location}", which leads outside its folder; put the file itself beside the model.`,
      { location },
    );
  }
  if (!info.isFile()) throw missing(location);
  return { path, bytes: info.size };
}

function readOrRefuse(path: string, offset: number, length: number, location: string): Uint8Array {
  try {
    return readRange(path, offset, length);
  } catch (cause) {
    throw cause instanceof CalibrantError ? cause : missing(location, cause);
  }
}

function missing(location: string, cause?: unknown): CalibrantError {
  return new CalibrantError(
    'model-external-data-missing',
    `The model keeps weights in "${location}", which is not beside it or cannot be read; put that file into the model's folder.`,
    { location },
    cause,
  );
}
