import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DataSpec } from '../../src-main/contract/data.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { constant, modelOf, node, noise } from '../core/quant/build.ts';
import { npy } from '../fixtures/arrays.ts';
import { temporaryFolder } from '../fixtures/images.ts';
import { recipe, runJob } from './harness.ts';

const CHANNELS = 8;
/** The channel of the planted fault, in what `Conv_b` makes. */
const OUTLIER = 3;

/** Convolutions in a row and a classifier; the second makes one channel 100 times the others, and the third takes it back. */
function faultyModel() {
  const weights = (name: string, outputs: number, inputs: number, seed: number, factor: (output: number, input: number) => number = () => 1) =>
    constant(name, [outputs, inputs, 3, 3], [...noise(outputs * inputs * 9, 0.4, seed)].map((value, i) => value * factor(Math.floor(i / (9 * inputs)), Math.floor(i / 9) % inputs))); // prettier-ignore
  const conv = (input: string, output: string) => node('Conv', [input, `w_${output}`], [output], { pads: [1, 1, 1, 1] });
  return modelOf({
    inputs: { x: [1, 3, 8, 8] },
    outputs: { y: [1, 5] },
    nodes: [
      conv('x', 'a'),
      node('Relu', ['a'], ['ra']),
      conv('ra', 'b'),
      node('Relu', ['b'], ['rb']),
      conv('rb', 'c'),
      node('Relu', ['c'], ['rc']),
      node('GlobalAveragePool', ['rc'], ['pooled']),
      node('Flatten', ['pooled'], ['flat']),
      node('Gemm', ['flat', 'head'], ['y']),
    ],
    constants: [
      weights('w_a', CHANNELS, 3, 11),
      weights('w_b', CHANNELS, CHANNELS, 12, (output) => (output === OUTLIER ? 100 : 1)),
      weights('w_c', CHANNELS, CHANNELS, 13, (_output, input) => (input === OUTLIER ? 0.01 : 1)),
      constant('head', [CHANNELS, 5], [...noise(CHANNELS * 5, 1, 14)]),
    ],
  });
}

test('the layer with a planted outlier channel is ranked first, by the estimate and by measurement', async () => {
  const folder = temporaryFolder();
  const [float, quantized] = [join(folder, 'float.onnx'), join(folder, 'int8.onnx')];
  writeFileSync(float, writeModel(faultyModel()));
  writeFileSync(join(folder, 'images.npy'), npy('<f4', [24, 3, 8, 8], noise(24 * 192, 1, 21)));
  const data: DataSpec = { path: join(folder, 'images.npy'), seed: 'none' };
  await runJob({ kind: 'quantize', model: float, data, recipe: recipe({ samples: 16, granularity: 'per-tensor' }), output: quantized });
  const { result, messages } = await runJob({ kind: 'diagnose', float, quantized, data, skipSamples: 0, samples: 20, confirm: 3 });

  const sensitivity = result.sensitivity ?? [];
  expect(sensitivity[0]).toMatchObject({ node: 'Conv_b', op: 'Conv', index: 2 });
  const estimates = sensitivity.map(({ estimateDb }) => estimateDb ?? Infinity);
  expect(Math.min(...estimates)).toBe(estimates[0]);
  // Measured first, then the others by their estimate.
  expect(sensitivity.map(({ measured }) => measured?.images ?? null)).toEqual([16, 16, 16, ...sensitivity.slice(3).map(() => null)]);
  const measured = sensitivity.slice(0, 3).map((one) => one.measured?.outputSqnrDb as number);
  expect(measured).toEqual(measured.toSorted((a, b) => a - b));
  expect((measured[1] as number) - (measured[0] as number)).toBeGreaterThan(3);
  expect(sensitivity.map(({ node: name }) => name)).toContain('x');
  expect(messages.some((message) => message.type === 'progress' && message.progress.stage === 'sensitivity')).toBe(true);

  const weight = result.weights?.find(({ node: name }) => name === 'Conv_b');
  expect(weight).toMatchObject({ granularity: 'per-tensor', type: 'int8' });
  expect(weight?.rangeRatio).toBeGreaterThan(50);
  const others = weight?.channelSqnrDb.filter((_, channel) => channel !== OUTLIER) as number[];
  expect(Math.max(...others) + 20).toBeLessThan(weight?.channelSqnrDb[OUTLIER] as number);
  const channels = result.channels?.find(({ tensor }) => tensor === 'rb');
  expect(channels).toMatchObject({ axis: 1, node: 'Relu_rb' });
  expect(channels?.max[OUTLIER]).toBe(Math.max(...(channels?.max ?? [])));
  expect(result.tensors.find(({ name }) => name === 'rb')?.power).toBeGreaterThan(0);

  const estimated = await runJob({ kind: 'diagnose', float, quantized, data, skipSamples: 0, samples: 20, confirm: 0 });
  expect(estimated.result.sensitivity?.[0]).toMatchObject({ node: 'Conv_b', measured: null });
});

test('an input that was calibrated for other values is named as the cause', async () => {
  const folder = temporaryFolder();
  const [float, quantized] = [join(folder, 'float.onnx'), join(folder, 'int8.onnx')];
  writeFileSync(float, writeModel(faultyModel()));
  const images = noise(24 * 192, 1, 21);
  const spec = (name: string, factor: number): DataSpec => {
    writeFileSync(join(folder, name), npy('<f4', [24, 3, 8, 8], images.map((value) => value * factor))); // prettier-ignore
    return { path: join(folder, name), seed: 'none' };
  };
  await runJob({ kind: 'quantize', model: float, data: spec('pixels.npy', 128), recipe: recipe({ samples: 16 }), output: quantized });
  const { result } = await runJob({ kind: 'diagnose', float, quantized, data: spec('scaled.npy', 1), skipSamples: 0, samples: 8 });
  expect(result.warnings).toContainEqual({
    severity: 'warning',
    code: 'diagnose-input-range',
    message: expect.stringMatching(/^int8\.onnx quantizes its input x from -127 to 128 in steps of 1, and these samples reach from -0.999 to 0.999: /),
  });
});
