import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import type { Model } from '../../src-main/core/onnx/graph.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { createCollector } from '../../src-main/core/quant/collector.ts';
import { planQuantization } from '../../src-main/core/quant/plan.ts';
import { openJobData } from '../../src-main/runner/job-data.ts';
import { openObservation } from '../../src-main/runner/observation.ts';
import { observe } from '../../src-main/core/quant/observe.ts';
import { prepareFor } from '../../src-main/runner/quantize/prepare.ts';
import { collectStatistics } from '../../src-main/runner/stages/statistics.ts';
import { info, modelOf, node } from '../core/onnx/build.ts';
import { npy } from '../fixtures/arrays.ts';
import { SAMPLE } from './harness.ts';

function context() {
  const said: string[] = [];
  let steps = 0;
  const progress = { start: () => undefined, step: () => void steps++ };
  return { signal: new AbortController().signal, progress, log: (_level: string, message: string) => void said.push(message), said, steps: () => steps };
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'calibrant-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function sample() {
  const float = readModel(readFileSync(SAMPLE.model));
  const data = await openJobData({ path: SAMPLE.data, seed: 0 }, float.graph.inputs);
  return { data, plan: planQuantization(prepareFor(float, data.input, DEFAULT_RECIPE).model, DEFAULT_RECIPE) };
}

/** Features of 3 × 64 × 64 values an image, of which only the big tensor `y` is observed. */
async function features(images: Float32Array, count: number, model: Model) {
  const folder = temporary();
  writeFileSync(join(folder, 'images.npy'), npy('<f4', [count, 3, 64, 64], images));
  return openJobData({ path: join(folder, 'images.npy'), seed: 'none' }, model.graph.inputs);
}

const doubled = (): Model => {
  const shape = [1, 3, 64, 64];
  return modelOf({ nodes: [node('Add', ['x', 'x'], ['y']), node('Relu', ['y'], ['z'])], inputs: [info('x', shape)], outputs: [info('z', shape)] });
};

test('statistics do not depend on the order of the images, nor on who computes how many of them', async () => {
  const { data, plan } = await sample();
  const positions = data.order.slice(0, 24);
  const threads = await collectStatistics(plan, data, positions, context());
  const backwards = await collectStatistics(plan, data, positions.slice().reverse(), context());
  expect(backwards.statistics).toEqual(threads.statistics);
  expect(threads).toMatchObject({ images: 24, skipped: [], source: 'observed' });

  const names = plan.observed.filter((name) => name !== data.input.name);
  const observer = observe(plan.prepared, names, true);
  const shapes = new Map(
    plan.observed.map((name) => [name, name === data.input.name ? data.input.shape : (plan.prepared.graph.values.get(name)?.shape ?? null)]),
  );
  for (const intraOp of [1, 2]) {
    const { model, views } = observer;
    const here = await openObservation({ model, views, input: data.input, names: plan.observed, shapes, optimize: true, threads: intraOp });
    const image = new Float32Array(data.input.shape.reduce((a, b) => a * b));
    for (const position of positions) {
      await data.input.fill(position, image);
      expect(await here.look(image)).toBeNull();
    }
    const collector = createCollector(plan.observed, shapes);
    collector.absorb(await here.collected());
    expect(collector.finish()).toEqual(threads.statistics);
    await here.close();
  }
});

test.each([
  ['a sample', 31 * 5],
  ['between the samples', 31 * 5 + 7],
  ['at the very end', 3 * 64 * 64 - 1],
])('a NaN that the model makes of %s is named with its image, the first one whichever is found first', async (_where, at) => {
  const shape = [1, 3, 64, 64];
  // Logarithms of negative values: the data are finite, the tensor is not.
  const model = modelOf({ nodes: [node('Log', ['x'], ['y']), node('Relu', ['y'], ['z'])], inputs: [info('x', shape)], outputs: [info('z', shape)] });
  const size = 3 * 64 * 64;
  const images = new Float32Array(8 * size).fill(2);
  for (const bad of [3, 4, 5]) images[bad * size + at] = -1;
  const data = await features(images, 8, model);
  const looking = collectStatistics({ prepared: model, observed: ['y'] }, data, data.order, context());
  await expect(looking).rejects.toMatchObject({ code: 'data-not-finite', details: { tensor: 'y', file: data.items[3]?.file } });
});

test('values so large that nobody can sum them are no NaN', async () => {
  const model = doubled();
  const size = 3 * 64 * 64;
  const images = new Float32Array(2 * size).map((_, i) => (i % 2 === 0 ? 1e38 : -1e38));
  images.fill(1, size);
  const data = await features(images, 2, model);
  const { statistics } = await collectStatistics({ prepared: model, observed: ['y'] }, data, data.order, context());
  const y = statistics.get('y');
  expect(y).toMatchObject({ min: Math.fround(-2e38), max: Math.fround(2e38), images: 2 });
});

test('what is known of a model and samples is not looked at again', async () => {
  const { data, plan } = await sample();
  const cache = join(temporary(), 'statistics');
  const positions = data.order.slice(0, 6);
  const first = context();
  const seen = await collectStatistics(plan, data, positions, first, { cache });
  expect([seen.source, first.steps()]).toEqual(['observed', 6]);
  const second = context();
  const known = await collectStatistics(plan, data, positions, second, { cache });
  expect([known.source, second.steps()]).toEqual(['cached', 0]);
  expect(known.statistics).toEqual(seen.statistics);
  expect(known).toMatchObject({ images: 6, skipped: [] });

  // In another order they are the same samples.
  expect((await collectStatistics(plan, data, positions.slice().reverse(), context(), { cache })).source).toBe('cached');
  // Other samples, another model and other arithmetic are not.
  expect((await collectStatistics(plan, data, data.order.slice(0, 5), context(), { cache })).source).toBe('observed');
  expect((await collectStatistics(plan, data, positions, context(), { cache, optimize: false })).source).toBe('observed');
  expect(readdirSync(cache)).toHaveLength(3);
});

test('a recipe that needs fewer tensors is served by what was observed for all', async () => {
  const { data, plan } = await sample();
  const cache = temporary();
  const positions = data.order.slice(0, 4);
  const all = await collectStatistics(plan, data, positions, context(), { cache });
  const fewer = { prepared: plan.prepared, observed: plan.observed.slice(3, 8).reverse() };
  const served = await collectStatistics(fewer, data, positions, context(), { cache, also: plan.observed });
  expect([served.source, served.statistics]).toEqual(['cached', all.statistics]);
  // Without them other nodes are fused, and the last digits are others: nothing that a cache may mix.
  const alone = await collectStatistics(fewer, data, positions, context(), { cache });
  expect([alone.source, [...alone.statistics.keys()]]).toEqual(['observed', plan.observed.slice(3, 8)]);
});

test.each([
  ['cut off', (text: string) => text.slice(0, text.length / 2)],
  ['of another key', (text: string) => text.replace(/"key":"."/, '"key":"x"').replace(/"key":"[0-9a-f]/, '"key":"x')],
  ['of another form', () => '{"format":"calibrant-statistics","version":2,"tensors":[]}'],
])('kept statistics that are %s are found out again, and it is said', async (_what, damage) => {
  const { data, plan } = await sample();
  const cache = temporary();
  const positions = data.order.slice(0, 3);
  const seen = await collectStatistics(plan, data, positions, context(), { cache });
  const [name = ''] = readdirSync(cache);
  writeFileSync(join(cache, name), damage(readFileSync(join(cache, name), 'utf8')));
  const again = context();
  const found = await collectStatistics(plan, data, positions, again, { cache });
  expect([found.source, found.statistics]).toEqual(['observed', seen.statistics]);
  expect(again.said.join()).toContain('damaged');
  expect((await collectStatistics(plan, data, positions, context(), { cache })).source).toBe('cached');
});

test('skipped samples are remembered', async () => {
  const model = doubled();
  const size = 3 * 64 * 64;
  const images = new Float32Array(3 * size).fill(1);
  images[size] = NaN;
  const data = await features(images, 3, model);
  const cache = temporary();
  const plan = { prepared: model, observed: ['y'] };
  const seen = await collectStatistics(plan, data, data.order, context(), { cache });
  expect([seen.images, seen.skipped.length]).toEqual([2, 1]);
  const known = await collectStatistics(plan, data, data.order, context(), { cache });
  expect([known.source, known.images, known.skipped]).toEqual(['cached', 2, seen.skipped]);
});

test('a folder that is full gives up what was used longest ago', async () => {
  const model = doubled();
  const data = await features(new Float32Array(3 * 64 * 64).fill(1), 1, model);
  const cache = temporary();
  const old = ['a', 'b'].map((digit) => join(cache, `${digit.repeat(64)}.json`));
  for (const [i, path] of old.entries()) {
    // Holes, which take no room on the disk.
    writeFileSync(path, '');
    truncateSync(path, 300 << 20);
    utimesSync(path, new Date(1e12 + i * 1e6), new Date(1e12 + i * 1e6));
  }
  await collectStatistics({ prepared: model, observed: ['y'] }, data, data.order, context(), { cache });
  const left = readdirSync(cache);
  expect(left).toHaveLength(2);
  expect(left).toContain(`${'b'.repeat(64)}.json`);
});
