import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { withOutputs } from '../../src-main/core/onnx/outputs.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { observe } from '../../src-main/core/quant/observe.ts';
import { createCollector } from '../../src-main/core/quant/statistics.ts';
import { openJobData } from '../../src-main/runner/job-data.ts';
import { createTensor } from '../../src-main/runner/feed.ts';
import { openSession } from '../../src-main/runner/session.ts';
import { planFor } from '../../src-main/runner/stages/quantize.ts';
import { SAMPLE } from './harness.ts';

test('a model that looks at its own tensors gives the very statistics that the whole tensors give', async () => {
  const float = readModel(readFileSync(SAMPLE.model));
  const { input } = await openJobData({ path: SAMPLE.data, seed: 0 }, float.graph.inputs);
  const { plan } = planFor(float, input, DEFAULT_RECIPE);
  const names = plan.observed.filter((name) => name !== input.name);
  const observer = observe(plan.prepared, names);
  const whole = createCollector(names);
  const reduced = createCollector(names);
  const left = await openSession(writeModel(withOutputs(plan.prepared, names)), 'whole');
  const right = await openSession(writeModel(observer.model), 'reduced');
  const image = createTensor(input);
  for (const position of [3, 77, 201]) {
    await input.fill(position, image.data as Float32Array);
    const tensors = await left.run(image);
    for (const name of names) whole.add(name, tensors[name]?.data as Float32Array);
    const outputs = await right.run(image);
    expect(observer.collect((name) => outputs[name]?.data as Float32Array, reduced)).toBeNull();
  }
  expect(right.outputs.length).toBeLessThan(names.length);
  expect(reduced.finish()).toEqual(whole.finish());
  await Promise.all([left.close(), right.close()]);
});

test('it finds what is not finite', async () => {
  const float = readModel(readFileSync(SAMPLE.model));
  const { input } = await openJobData({ path: SAMPLE.data, seed: 0 }, float.graph.inputs);
  const { plan } = planFor(float, input, DEFAULT_RECIPE);
  const names = plan.observed.filter((name) => name !== input.name);
  const observer = observe(plan.prepared, names);
  const session = await openSession(writeModel(observer.model), 'reduced');
  const image = createTensor(input);
  (image.data as Float32Array).fill(NaN);
  const outputs = await session.run(image);
  expect(observer.collect((name) => outputs[name]?.data as Float32Array, createCollector(names))).not.toBeNull();
  await session.close();
});
