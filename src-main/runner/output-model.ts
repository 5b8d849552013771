import { createHash } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CalibrantError } from '../contract/errors.ts';
import type { Model } from '../core/onnx/graph.ts';
import { writeModelFiles } from '../core/onnx/write-external.ts';
import { sha256 } from './data/hash.ts';
import { throwIfCancelled } from './feed.ts';
import { syncFolder, temporaryOf, toOutputError, writeSynced } from './output-file.ts';
import { noteDoubtful, removeUnused, weightFileName, weightFilesOf } from './weight-files.ts';

export interface WrittenModel {
  /** Of the .onnx file. */
  sha256: string;
  /** Of all files together. */
  bytes: number;
  /** The file of weights beside it; none for a model that fits into one file. */
  external: { name: string; bytes: number; sha256: string }[];
}

export interface OutputModelOptions {
  /** Keeps weights outside the .onnx whatever their size; without it, those of a model that would not fit into one file. */
  external?: boolean;
  /** Bytes that count as too many for one file. */
  threshold?: number;
  signal?: AbortSignal;
  /** Looks at the model in its temporary place, where its weights are beside it already. */
  verify: (temporary: string) => Promise<void>;
}

/**
 * Writes a model, with its file of weights if it has one, or nothing. Both come to be in a temporary folder and are moved out once they are flushed and
 * verified, the weights first: under their fresh name they disturb nobody, and the rename of the .onnx changes from the old pair to the new one. Weights
 * that the model before it had are removed last. Nothing is left when any of that fails; what a killed process leaves, `checkOutput` sweeps.
 * Throws `output-not-writable`, `disk-full`, `job-cancelled` and whatever `verify` throws.
 */
export async function writeOutputModel(path: string, model: Model, { signal, verify, ...options }: OutputModelOptions): Promise<WrittenModel> {
  const at = resolve(path);
  const temporary = temporaryOf(at);
  let weightsHash = '';
  const files = writeModelFiles(model, {
    ...options,
    externalName: (parts) => {
      weightsHash = sha256OfParts(parts);
      return weightFileName(at, weightsHash);
    },
  });
  const { external } = files;
  let doubtful: string[] = [];
  try {
    await mkdir(temporary);
    doubtful = [...(await weightFilesOf(at)), ...(external ? [external.name] : [])];
    const written = join(temporary, basename(at));
    if (external) await writeSynced(join(temporary, external.name), external.parts, signal);
    await writeSynced(written, [files.model], signal);
    await verify(written);
    if (signal) throwIfCancelled(signal);
    if (doubtful.length > 0) await noteDoubtful(temporary, doubtful);
    if (external) {
      await rename(join(temporary, external.name), join(dirname(at), external.name));
      await syncFolder(dirname(at));
    }
    await rename(written, at);
    await syncFolder(dirname(at));
  } catch (cause) {
    throw cause instanceof CalibrantError ? cause : toOutputError(cause, path);
  } finally {
    await removeUnused(at, doubtful).catch(() => undefined);
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
  return {
    sha256: sha256(files.model),
    bytes: files.model.length + (external?.bytes ?? 0),
    external: external ? [{ name: external.name, bytes: external.bytes, sha256: weightsHash }] : [],
  };
}

/** Of the file that they will be. One update takes at most 2^31 - 1 bytes. */
function sha256OfParts(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (let from = 0; from < part.length; from += 1 << 30) hash.update(part.subarray(from, from + (1 << 30)));
  }
  return hash.digest('hex');
}
