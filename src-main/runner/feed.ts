import { Tensor } from 'onnxruntime-node';
import type { DataItem, Skipped } from '../contract/data.ts';
import { CalibrantError } from '../contract/errors.ts';
import type { Size } from '../core/data/geometry.ts';
import { INPUT_ARRAYS, type InputArray } from '../core/data/normalize.ts';
import type { ModelInput } from './model-input.ts';
import type { JobContext } from './progress.ts';

/** Decoded ahead of the inference: enough to keep libvips busy on the threads that ONNX Runtime leaves, few enough to stay small. */
const AHEAD = 3;

export interface Sample {
  /** In the sorted list of items. */
  position: number;
  item: DataItem;
  /** Size of the upright image before its preprocessing; null for feature data. */
  image: Size | null;
  /** Overwritten once the next sample is asked for. */
  tensor: Tensor;
}

/**
 * The samples at these positions as tensors, in this order. They are decoded while the caller infers, into a handful of tensors that are used over and
 * over. Each counts as one step of
 * the stage's progress; one that cannot be used is added to `skipped` and left out. Throws `job-cancelled`, and the first sample's own error when none was usable.
 */
export async function* feed(
  input: ModelInput,
  items: readonly DataItem[],
  positions: ArrayLike<number>,
  skipped: Skipped[],
  { signal, progress, log }: JobContext,
): AsyncGenerator<Sample, void, void> {
  const free = Array.from({ length: AHEAD + 1 }, () => createTensor(input));
  const pending: Promise<Loaded>[] = [];
  let next = 0;
  let usable = 0;
  let first: { file: string; error: CalibrantError } | undefined;

  while (next < positions.length || pending.length > 0) {
    while (next < positions.length && pending.length < AHEAD) pending.push(load(input, positions[next++] as number, free.pop() as Tensor));
    const { position, image, tensor, error } = await (pending.shift() as (typeof pending)[number]);
    throwIfCancelled(signal);
    const item = items[position] as DataItem;
    if (error === undefined) {
      usable += 1;
      yield { position, item, image, tensor };
      throwIfCancelled(signal);
    } else {
      if (!(error instanceof CalibrantError)) throw error;
      first ??= { file: item.file, error };
      skipped.push({ file: item.file, reason: error.message });
      log('warn', `Skipped ${item.file}: ${error.message}`);
    }
    progress.step();
    free.push(tensor);
  }
  if (usable === 0 && first) {
    throw new CalibrantError(
      first.error.code,
      `None of the ${positions.length} samples can be used; check the data and the preprocessing. The first, ${first.file}: ${first.error.message.replace(/\.$/, '')}.`,
      first.error.details,
    );
  }
}

/** A tensor of its own for one sample, for keeping it. */
export function createTensor({ type, shape }: Pick<ModelInput, 'type' | 'shape'>): Tensor {
  const values = new INPUT_ARRAYS[type](shape.reduce((product, dim) => product * dim, 1));
  return values instanceof Float32Array
    ? new Tensor('float32', values, shape)
    : values instanceof Int8Array
      ? new Tensor('int8', values, shape)
      : new Tensor('uint8', values, shape);
}

export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CalibrantError('job-cancelled', 'The job was cancelled.');
}

interface Loaded extends Pick<Sample, 'position' | 'image' | 'tensor'> {
  error: unknown;
}

/** Never rejects: what is decoded ahead may fail before anybody waits for it. */
async function load(input: ModelInput, position: number, tensor: Tensor): Promise<Loaded> {
  try {
    return { position, image: await input.fill(position, tensor.data as InputArray), tensor, error: undefined };
  } catch (error) {
    return { position, image: null, tensor, error };
  }
}
