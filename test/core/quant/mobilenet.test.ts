import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createErrorMeter } from '../../../src-main/core/metrics/tensor-error.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { inferShapes } from '../../../src-main/core/onnx/shapes.ts';
import { matchTensors } from '../../../src-main/core/quant/match.ts';
import { hasShared, shared } from '../../fixtures/shared.ts';
import { noise, quantize, run, type Feeds } from './build.ts';

it.skipIf(!hasShared)('MobileNetV2: 65 tensors observed, loads, and computes nearly the same', { timeout: 60_000 }, async () => {
  const file = readModel(new Uint8Array(readFileSync(shared('models/imagenet/mobilenetv2-7-fp32.onnx'))));
  const float = { ...file, graph: inferShapes(file.graph, 13) };
  const input = float.graph.inputs[0]?.name ?? '';
  const images = [1, 2].map((seed): Feeds => ({ [input]: { dims: [1, 3, 224, 224], values: noise(150528, 2, seed) } }));
  const { model, quantized } = await quantize(float, images);
  // Counted by hand in the design's measurements: 65 of its 101 float tensors need a range.
  expect(quantized.plan.observed).toHaveLength(65);
  expect(quantized.plan.placements.filter(({ placement }) => placement === 'fused')).toHaveLength(35);
  expect(matchTensors(float, model).unmatched).toEqual([]);

  const output = float.graph.outputs[0]?.name ?? '';
  const meter = createErrorMeter();
  for (const image of images) {
    meter.add((await run(float, image, 'all')).get(output) as Float32Array, (await run(model, image, 'all')).get(output) as Float32Array);
  }
  expect(meter.finish().cosine).toBeGreaterThan(0.95);
});
