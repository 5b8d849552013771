import type { Tensor } from 'onnxruntime-node';
import { CalibrantError } from '../../contract/errors.ts';
import { createErrorMeter } from '../../core/metrics/tensor-error.ts';
import { fixInputShapes } from '../../core/onnx/fix-shapes.ts';
import type { Model } from '../../core/onnx/graph.ts';
import { withOutputs } from '../../core/onnx/outputs.ts';
import { inputLayer, type Layer } from '../../core/quant/judge/layers.ts';
import { matchTensors, type TensorPair } from '../../core/quant/match.ts';
import { explain } from '../explain.ts';
import type { JudgedModel } from '../judged-model.ts';
import type { ModelInput } from '../model-input.ts';
import { openModel, type Session } from '../session.ts';

/** The two models as they are compared, their common tensors and what has none. */
export interface ModelPair {
  pairs: TensorPair[];
  unmatched: string[];
  /** The quantization of the model's input; null where it has none. */
  input: Layer | null;
  /** They make every tensor of `pairs`. */
  float: Model;
  quantized: Model;
}

/** @throws CalibrantError `model-mismatch` where they have no tensor in common */
export function pairModels(float: JudgedModel, quantized: JudgedModel, input: Pick<ModelInput, 'name' | 'shape'>): ModelPair {
  const fixed = fixInputShapes(float.model, new Map([[input.name, input.shape]]));
  const { pairs, unmatched, quantized: readable } = matchTensors(fixed, quantized.model);
  if (pairs.length === 0)
    throw new CalibrantError(
      'model-mismatch',
      `${quantized.name} has no tensor of ${float.name}, so it was not made of this model; choose the two files of one quantization.`,
    );
  return { pairs, unmatched, input: inputLayer(quantized.model, input.name), float: fixed, quantized: readable };
}

/** What both models make of one image. */
export interface PairOutputs {
  /** By name: the model's own outputs and `floatTensor` of every pair. Overwritten by the next run, as those of `quantized`. */
  float: Record<string, Tensor>;
  quantized: Record<string, Tensor>;
}

export interface PairSessions {
  pairs: readonly TensorPair[];
  unmatched: readonly string[];
  run(image: Tensor): Promise<PairOutputs>;
  close(): Promise<void>;
}

/** Both models with all their common tensors as outputs. Throws `model-mismatch`, `model-refused-by-runtime`. */
export async function openPairSessions(float: JudgedModel, quantized: JudgedModel, input: Pick<ModelInput, 'name' | 'shape'>): Promise<PairSessions> {
  const models = pairModels(float, quantized, input);
  const left = await openExplained(
    float,
    withOutputs(
      models.float,
      models.pairs.map(({ floatTensor }) => floatTensor),
    ),
  );
  const right = await openExplained(
    quantized,
    withOutputs(
      models.quantized,
      models.pairs.map(({ quantizedTensor }) => quantizedTensor),
    ),
  ).catch(async (error: unknown) => {
    await left.close();
    throw error;
  });
  return {
    pairs: models.pairs,
    unmatched: models.unmatched,
    run: async (image) => ({ float: await left.run(image), quantized: await right.run(image) }),
    close: async () => {
      await left.close();
      await right.close();
    },
  };
}

function openExplained(file: JudgedModel, model: Model): Promise<Session> {
  return openModel(model, file.name).catch((error: unknown) => {
    throw explain(file, error, 'model-unknown-domain');
  });
}

/** Cumulative SQNR (dB) of every tensor on one image, in the order of the float graph; tensors that are no float32, or of another size, are left out. */
export function sqnrOfImage(
  pairs: readonly TensorPair[],
  { float, quantized }: PairOutputs,
): { tensor: string; node: string; op: string; sqnrDb: number | null }[] {
  return pairs.flatMap(({ name, node, op, floatTensor, quantizedTensor }) => {
    const [left, right] = [float[floatTensor]?.data, quantized[quantizedTensor]?.data];
    if (!(left instanceof Float32Array) || !(right instanceof Float32Array) || left.length !== right.length) return [];
    const meter = createErrorMeter();
    meter.add(left, right);
    const { sqnrDb } = meter.finish();
    return [{ tensor: name, node, op, sqnrDb: sqnrDb !== null && Number.isFinite(sqnrDb) ? sqnrDb : null }];
  });
}
