import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../../src-main/core/onnx/graph.ts';
import { prepareModel } from '../../../src-main/core/onnx/prepare.ts';
import { readModel } from '../../../src-main/core/onnx/read.ts';
import { writeModel } from '../../../src-main/core/onnx/write.ts';
import { noise, quantize } from './build.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'calibrant-kernels-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (file: Uint8Array): Model => prepareModel(readModel(new Uint8Array(file))).model;

/** The operators that are left when ONNX Runtime has optimized the graph for its kernels. */
async function kernels(model: Uint8Array): Promise<string[]> {
  const path = join(folder, 'optimized.onnx');
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: 'extended', optimizedModelFilePath: path, logSeverityLevel: 3 });
  await session.release();
  return readModel(new Uint8Array(readFileSync(path))).graph.nodes.map(({ op }) => op);
}

describe('ONNX Runtime’s kernels', () => {
  it.each(['per-channel', 'per-tensor'] as const)('are integer from the first convolution to the last Gemm: %s', async (granularity) => {
    const file = readFileSync(join(resolve(import.meta.dirname, '../../parity/goldens'), 'residual.onnx'));
    const { model } = await quantize(read(file), [{ x: { dims: [1, 3, 12, 12], values: noise(432) } }], { granularity });
    expect(await kernels(writeModel(model))).toEqual([
      'QuantizeLinear',
      'QLinearConv',
      'QLinearConv',
      'QLinearConv',
      'QLinearAdd',
      'QLinearGlobalAveragePool',
      'Flatten',
      'QGemm',
      'DequantizeLinear',
    ]);
  });
});
