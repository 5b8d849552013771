import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Dim, Model, TensorInfo } from '../../../src-main/core/onnx/graph.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';

/** Reads a model with the external data beside it. */
export function readFile(path: string): Model {
  return readModel(new Uint8Array(readFileSync(path)), (location, offset, length) => {
    const bytes = new Uint8Array(readFileSync(join(dirname(path), location)));
    return bytes.subarray(offset, length === null ? undefined : offset + length);
  });
}

/** The same pseudo-random values in every run, evenly spread over [-1, 1). */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** A tensor of noise for an input; dynamic dimensions become `dynamic`. */
export function feedFor(input: TensorInfo, dynamic = 1, seed = 1): ort.Tensor {
  const dims = (input.shape ?? []).map((dim: Dim) => (typeof dim === 'number' ? dim : dynamic));
  const count = dims.reduce((a, b) => a * b, 1);
  const values = noise(count, seed);
  if (input.type === 'float32') return new ort.Tensor('float32', values, dims);
  if (input.type === 'int64')
    return new ort.Tensor(
      'int64',
      BigInt64Array.from(values, (value) => BigInt(Math.round(value * 3))),
      dims,
    );
  if (input.type === 'int32')
    return new ort.Tensor(
      'int32',
      Int32Array.from(values, (value) => Math.round(Math.abs(value) * 3)),
      dims,
    );
  if (input.type === 'bool')
    return new ort.Tensor(
      'bool',
      Uint8Array.from(values, (value) => (value > 0 ? 1 : 0)),
      dims,
    );
  if (input.type === 'uint8')
    return new ort.Tensor(
      'uint8',
      Uint8Array.from(values, (value) => Math.round((value + 1) * 127)),
      dims,
    );
  throw new Error(`no noise for ${input.type}`);
}

/** Runs a model in ONNX Runtime on noise (or on `feeds`), without its graph optimizations unless asked. */
export async function runModel(
  model: Model,
  options: { dynamic?: number; feeds?: Record<string, ort.Tensor> } = {},
): Promise<ort.InferenceSession.OnnxValueMapType> {
  const session = await ort.InferenceSession.create(writeModel(model), { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
  const feeds = options.feeds ?? Object.fromEntries(model.graph.inputs.map((input, i) => [input.name, feedFor(input, options.dynamic, i + 1)]));
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
