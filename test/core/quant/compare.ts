import * as ort from 'onnxruntime-node';
import { createErrorMeter } from '../../../src-main/core/metrics/tensor-error.ts';
import { fromFloat16, toFloat16 } from '../../../src-main/core/onnx/float16.ts';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { feedFor, runModel } from '../onnx/run.ts';

export type Outputs = ort.InferenceSession.OnnxValueMapType;

/**
 * A float feed in half precision. onnxruntime-node 1.30 copies no bytes from the Float16Array that it makes of one where the engine has this type (Node 24:
 * "not enough space"), so the bits go in as integers under the other name.
 */
export function asHalf(tensor: ort.Tensor): ort.Tensor {
  const bits = new ort.Tensor('uint16', Uint16Array.from(tensor.data as Float32Array, toFloat16), tensor.dims);
  return Object.defineProperty(bits, 'type', { value: 'float16' });
}

/** Values of an output of any type; half precision comes as bits where the engine has no Float16Array. */
export function numbersOf(tensor: ort.Tensor): Float32Array {
  if (tensor.type === 'float16' && tensor.data instanceof Uint16Array) return Float32Array.from(tensor.data, fromFloat16);
  return Float32Array.from(tensor.data as Float32Array, Number);
}

/** Noise for every input, ±amplitude. */
export function noiseFor(model: Model, amplitude = 1, seed = 1): Record<string, ort.Tensor> {
  return Object.fromEntries(
    model.graph.inputs.map((input, i) => {
      const { data, dims } = feedFor({ ...input, type: 'float32' }, 1, seed + i);
      return [
        input.name,
        new ort.Tensor(
          'float32',
          (data as Float32Array).map((value) => value * amplitude),
          dims,
        ),
      ] as const;
    }),
  );
}

/** Lowest SQNR (dB) of the outputs of `other` against those of `reference`, both on the same feeds; Infinity where they are equal. */
export async function sqnrDb(reference: Model, other: Model, feeds: Record<string, ort.Tensor>): Promise<number> {
  const [want, got] = [await runModel(reference, { feeds }), await runModel(other, { feeds })];
  const errors = Object.entries(want).map(([name, tensor]) => {
    const meter = createErrorMeter();
    meter.add(numbersOf(tensor), numbersOf(got[name] as ort.Tensor));
    const { sqnrDb: db, mse } = meter.finish();
    return db ?? (mse === 0 ? Infinity : -Infinity);
  });
  return Math.min(...errors);
}
