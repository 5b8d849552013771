import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { withOutputs } from '../../src-main/core/onnx/outputs.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { createCollector } from '../../src-main/core/quant/collector.ts';
import { collectViews, observe } from '../../src-main/core/quant/observe.ts';
import { planQuantization } from '../../src-main/core/quant/plan.ts';
import { openJobData } from '../../src-main/runner/job-data.ts';
import { createTensor } from '../../src-main/runner/feed.ts';
import { prepareFor } from '../../src-main/runner/quantize/prepare.ts';
import { openModel } from '../../src-main/runner/session.ts';
import { SAMPLE } from './harness.ts';

async function sample() {
  const float = readModel(readFileSync(SAMPLE.model));
  const { input } = await openJobData({ path: SAMPLE.data, seed: 0 }, float.graph.inputs);
  const plan = planQuantization(prepareFor(float, input, DEFAULT_RECIPE).model, DEFAULT_RECIPE);
  return { input, model: plan.prepared, names: plan.observed.filter((name) => name !== input.name) };
}

test('a model that looks at its own tensors gives the statistics that the whole tensors give', async () => {
  const { input, model, names } = await sample();
  const observer = observe(model, names, true);
  const shapes = new Map(names.map((name) => [name, model.graph.values.get(name)?.shape ?? null]));
  const whole = createCollector(names, shapes);
  const reduced = createCollector(names, shapes);
  const left = await openModel(withOutputs(model, names), 'whole');
  const right = await openModel(observer.model, 'reduced');
  const image = createTensor(input);
  for (const position of [3, 77, 201]) {
    await input.fill(position, image.data as Float32Array);
    const tensors = await left.run(image);
    for (const name of names) whole.add(name, tensors[name]?.data as Float32Array);
    const outputs = await right.run(image);
    expect(collectViews(observer.views, (name) => outputs[name]?.data as Float32Array, reduced)).toBeNull();
  }
  const expected = whole.finish();
  const found = reduced.finish();
  expect([...found.keys()]).toEqual(names);
  for (const [name, { channels, ...rest }] of found) {
    const { channels: means, ...others } = expected.get(name) as NonNullable<ReturnType<typeof expected.get>>;
    expect(rest).toEqual(others);
    expect(channels?.axis).toBe(means?.axis);
    // Of large tensors ONNX Runtime sums in float32.
    const scale = Math.max(-rest.min, rest.max);
    channels?.means.forEach((mean, i) => expect(Math.abs(mean - (means?.means[i] as number))).toBeLessThan(1e-6 * scale));
    expect(channels?.means.length).toBe(means?.means.length);
  }
  expect(observer.views.some(({ reduced }) => reduced)).toBe(true);
  await Promise.all([left.close(), right.close()]);
});

test('without samples only ends and means of large tensors become known', async () => {
  const { input, model, names } = await sample();
  const observer = observe(model, names, false);
  const collector = createCollector(names);
  const session = await openModel(observer.model, 'reduced');
  const image = createTensor(input);
  await input.fill(3, image.data as Float32Array);
  const outputs = await session.run(image);
  expect(collectViews(observer.views, (name) => outputs[name]?.data as Float32Array, collector)).toBeNull();
  const found = collector.finish();
  for (const { name, reduced } of observer.views) if (reduced) expect(found.get(name)).toMatchObject({ count: reduced.count, sampled: 0, images: 1 });
  await session.close();
});
