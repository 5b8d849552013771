import { readFileSync } from 'node:fs';
import { Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { floatTensor } from '../../src-main/core/onnx/tensor.ts';
import { openModel, openSession } from '../../src-main/runner/session.ts';
import { info, modelOf, node } from '../core/onnx/build.ts';
import { noise } from '../core/onnx/run.ts';
import { SAMPLE } from './harness.ts';

test('weights that are handed over one by one compute what the file computes, to the last bit', async () => {
  const bytes = new Uint8Array(readFileSync(SAMPLE.model));
  const [whole, apart] = await Promise.all([openSession(bytes, 'the file'), openModel(readModel(bytes), 'the model')]);
  expect(apart.inputs).toEqual(whole.inputs);
  const shape = (whole.inputs[0]?.shape ?? []).map((size) => (typeof size === 'number' ? size : 1));
  const input = new Tensor('float32', noise(shape.reduce((product, size) => product * size, 1)), shape);
  const name = whole.outputs[0]?.name ?? '';
  const [expected, actual] = [await whole.run(input), await apart.run(input)];
  expect(actual[name]?.data).toEqual(expected[name]?.data);
  expect(new Set(expected[name]?.data as Float32Array).size).toBeGreaterThan(5);
  await Promise.all([whole.close(), apart.close()]);
});

test('ONNX Runtime keeps nothing of the memory it was given', async () => {
  const weights = new Float32Array(512).fill(2);
  const model = modelOf({ nodes: [node('Add', ['x', 'w'], ['y'])], inputs: [info('x', [512])], outputs: [info('y', [512])], constants: [floatTensor('w', [512], weights)] }); // prettier-ignore
  const session = await openModel(model, 'the model', { optimize: false });
  weights.fill(100);
  expect((await session.run(new Tensor('float32', new Float32Array(512), [512])))['y']?.data[0]).toBe(2);
  await session.close();
});

test('without optimization every node is computed', async () => {
  const model = modelOf({ nodes: [node('Div', ['one', 'x'], ['t']), node('Mul', ['t', 'w'], ['y'])], inputs: [info('x', [1])], outputs: [info('y', [1])], constants: [floatTensor('one', [1], Float32Array.of(1)), floatTensor('w', [1], Float32Array.of(41))] }); // prettier-ignore
  const results: unknown[] = [];
  for (const optimize of [true, false]) {
    const session = await openModel(model, 'the model', { optimize });
    results.push((await session.run(new Tensor('float32', Float32Array.of(41), [1])))['y']?.data[0]);
    await session.close();
  }
  // The optimizer makes one division of 1/x·w; (1/41)·41 in float32 misses 1.
  expect(results).toEqual([1, Math.fround(Math.fround(1 / 41) * 41)]);
  expect(results[1]).not.toBe(1);
});
