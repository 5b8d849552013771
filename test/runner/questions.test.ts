import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RangeChoice } from '../../src-main/contract/evidence.ts';
import { temporaryFolder } from '../fixtures/images.ts';
import { recipe, RunnerUnderTest, runJob, SAMPLE } from './harness.ts';

const wanted = recipe({ samples: 8 });

test('the service tells distributions and choices of a run, as the run itself had them', async () => {
  const folder = await temporaryFolder();
  const [output, statistics] = [join(folder, 'int8.onnx'), join(folder, 'statistics.json')];
  const { result } = await runJob({ kind: 'quantize', model: SAMPLE.model, data: { path: SAMPLE.data, seed: 0 }, recipe: wanted, output, statistics });
  const runner = new RunnerUnderTest();
  runner.send({ type: 'start', job: { kind: 'service' } });
  const of = { model: SAMPLE.model, recipe: wanted, statistics };
  let id = 0;

  const activations = result.tensors.filter(({ kind, origin }) => kind === 'activation' && origin === 'observed');
  expect(activations.length).toBeGreaterThan(5);
  for (const { name, range, scale, zeroPoint } of activations) {
    const choices = await runner.ask((id += 1), 'rangeChoices', { ...of, tensor: name });
    expect(choices.find(({ method }) => method === 'chosen')).toMatchObject({ ...range, scale, zeroPoint });
    const { min, max } = await runner.ask((id += 1), 'distribution', { ...of, tensor: name });
    expect(choices.find(({ method }) => method === 'minmax')).toMatchObject({ min: Math.min(0, min), max: Math.max(0, max) });
  }

  const { name } = activations[1] as { name: string };
  const half = (choices: RangeChoice[]): RangeChoice | undefined => choices.find(({ method }) => method === 'tried');
  const tried = { min: 0, max: 0.5 };
  const free = await runner.ask((id += 1), 'rangeChoices', { ...of, tensor: name, tried });
  expect(half(free)).toMatchObject(tried);
  // With that range in the recipe, it is what is chosen, and nothing else changes.
  const given = { ...of, recipe: { ...wanted, overrides: { [name]: tried } } };
  const then = await runner.ask((id += 1), 'rangeChoices', { ...given, tensor: name });
  expect(then.find(({ method }) => method === 'chosen')).toEqual({ ...half(free), method: 'chosen' });
  expect(then.slice(0, 6)).toEqual(free.slice(0, 6));

  const shared = result.tensors.find(({ origin }) => origin.startsWith('shared with'));
  await expect(runner.ask((id += 1), 'rangeChoices', { ...of, tensor: shared?.name ?? '' })).rejects.toMatchObject({ code: 'not-found' });

  const weight = result.tensors.find(({ kind }) => kind === 'weight');
  const { min, max, histogram } = await runner.ask((id += 1), 'weightDistribution', { model: SAMPLE.model, recipe: wanted, weight: weight?.name ?? '' });
  expect(max.map((value, channel) => Math.max(value, -(min[channel] as number)))).toEqual(weight?.range?.max);
  expect(histogram.counts.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  await expect(runner.ask((id += 1), 'weightDistribution', { model: SAMPLE.model, recipe: wanted, weight: 'none' })).rejects.toMatchObject({
    code: 'not-found',
  });

  // The same image twice: the sessions stay open, and overwrite their outputs.
  const question = { float: SAMPLE.model, quantized: output, data: { path: SAMPLE.data, seed: 0 as const } };
  const seen = await runner.ask((id += 1), 'compareImage', { ...question, position: 3 });
  expect(seen).toMatchObject({ position: 3, file: 'bearing/0003.jpg', labelName: 'bearing', image: { width: 128, height: 128 }, classes: [] });
  expect(seen.float.top).toHaveLength(5);
  expect(seen.float.top?.reduce((sum, { score }) => sum + score, 0)).toBeLessThanOrEqual(1);
  // At the end of the graph each model's own answer is compared, and the first tensor is what goes in.
  expect(seen.path.map(({ sqnrDb }) => sqnrDb).filter((sqnrDb) => sqnrDb !== null && sqnrDb < 5)).toEqual([]);
  await runner.ask((id += 1), 'compareImage', { ...question, position: 200 });
  const again = await runner.ask((id += 1), 'compareImage', { ...question, position: 3 });
  expect(again).toEqual(seen);
  await expect(runner.ask((id += 1), 'compareImage', { ...question, position: 400 })).rejects.toMatchObject({ code: 'not-found' });
  // Against itself nothing parts.
  const same = await runner.ask((id += 1), 'compareImage', { ...question, quantized: SAMPLE.model, position: 3 });
  expect([same.parts, same.quantized]).toEqual([null, same.float]);
});
