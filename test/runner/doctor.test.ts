import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { DoctorResult } from '../../src-main/contract/evidence.ts';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import { StatisticsFileSchema } from '../../src-main/contract/statistics.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { doctor } from '../../src-main/runner/stages/doctor.ts';
import { evaluate } from '../../src-main/runner/stages/evaluate.ts';
import { quantize } from '../../src-main/runner/stages/quantize.ts';
import { constant, modelOf, node, noise } from '../core/quant/build.ts';
import { png, putFiles, temporaryFolder } from '../fixtures/images.ts';
import { random } from '../fixtures/random.ts';
import { recipe, RunnerUnderTest, SAMPLE } from './harness.ts';

const SIZE = 12;
const CLASSES = ['bolt', 'nut', 'pin'];

/** Conv, ReLU, pooling, three scores: [1, 3, 12, 12] → [1, 3]. */
function tinyModel(): Uint8Array {
  return writeModel(
    modelOf({
      inputs: { image: [1, 3, SIZE, SIZE] },
      outputs: { scores: [1, 3] },
      nodes: [
        node('Conv', ['image', 'kernel'], ['conv'], { pads: [1, 1, 1, 1] }),
        node('Relu', ['conv'], ['relu']),
        node('GlobalAveragePool', ['relu'], ['pooled']),
        node('Flatten', ['pooled'], ['flat']),
        node('Gemm', ['flat', 'matrix'], ['scores']),
      ],
      constants: [constant('kernel', [4, 3, 3, 3], [...noise(108)]), constant('matrix', [4, 3], [...noise(12, 1, 9)])],
    }),
  );
}

/** Noisy images up to `brightest` (0…255). `name` decides the class folder and the order. */
async function putImages(folder: string, count: number, name: (i: number) => string, pixel: (noise: number, i: number) => number): Promise<void> {
  const next = random(7);
  for (let i = 0; i < count; i++) {
    const pixels = Array.from({ length: SIZE * SIZE * 3 }, () => Math.round(pixel(next(), i)));
    putFiles(folder, { [name(i)]: await png(SIZE, SIZE, 3, pixels) });
  }
}

const numbered = (i: number): string => String(i).padStart(3, '0');
const turns = (i: number): string => `${CLASSES[i % 3]}/${numbered(i)}.png`;

interface Setting {
  count: number;
  name?: (i: number) => string;
  pixel?: (noise: number, i: number) => number;
  fields?: Partial<Recipe>;
  accuracy?: boolean;
}

function context() {
  let steps = 0;
  let total = 0;
  const progress = { start: (_stage: string, count: number) => void (total += count), step: () => void steps++ };
  return { signal: new AbortController().signal, progress, log: () => undefined, left: () => total - steps };
}

async function look({ count, name = turns, pixel = (noise) => 25 * noise, fields = {}, accuracy = false }: Setting): Promise<DoctorResult & { left: number }> {
  const folder = temporaryFolder();
  const [model, data, work] = [join(folder, 'tiny.onnx'), join(folder, 'data'), join(folder, 'work')];
  writeFileSync(model, tinyModel());
  await putImages(data, count, name, pixel);
  putFiles(work, { '.keep': '' });
  const job = context();
  const chosen = recipe({ seed: 'none', samples: count, ...fields });
  const result = await doctor({ kind: 'doctor', model, data: { path: data, seed: 0 }, recipe: chosen, accuracy, work }, job);
  return { ...result, left: job.left() };
}

describe('a set with one image that is ten times as bright', () => {
  const setting: Setting = { count: 24, pixel: (noise, i) => (i === 10 ? 250 : 25) * noise };

  test('names it: it sets the ranges, it is the outlier, and no subset goes without it', async () => {
    const odd = { file: 'nut/010.png', position: expect.any(Number) as number };
    const { setters, outliers, subset, verdict, tensors, sizes, images, total, warnings } = await look(setting);
    expect([images, total]).toEqual([24, 24]);
    expect(verdict).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/^One image of 24 decides ranges: without nut\/010.png the range of \S+ shrinks by 9\d/),
    });
    expect(setters[0]).toMatchObject({ ...odd, shrink: expect.closeTo(90, -0.5) });
    expect(outliers).toMatchObject([odd]);
    expect(outliers[0]?.distance).toBeGreaterThan(20);
    expect(subset).toMatchObject({ coverage: 99, images: expect.arrayContaining([odd]) });
    expect(subset.images.length).toBeLessThan(5);
    // The input is pixels in 0…1: 250 of 255 at most, and 25 of 255 without.
    const input = tensors.find(({ tensor }) => tensor === 'image');
    expect(input).toMatchObject({ minBy: expect.anything(), maxBy: odd });
    expect(input?.max).toBeCloseTo(250 / 255, 2);
    expect(input?.maxWithout).toBeCloseTo(25 / 255, 2);
    expect(input?.influence).toBeCloseTo(90, 0);
    expect(sizes.map((size) => size.images)).toEqual([5, 10, 12, 24]);
    expect(sizes[0]?.least).toBeLessThan(12);
    // The data have no preprocessing beside them, which is said.
    expect(warnings.map(({ code }) => code)).toEqual(['preprocess-guessed']);
  });

  test('without it they are enough', async () => {
    const { verdict, outliers } = await look({ ...setting, pixel: (noise) => 25 * noise });
    expect(verdict.level).toBe('ok');
    expect(outliers).toEqual([]);
  });
});

test('ranges are those that quantization observes', async () => {
  const folder = temporaryFolder();
  const [statistics, output] = [join(folder, 'statistics.json'), join(folder, 'int8.onnx')];
  const common = { model: SAMPLE.model, data: { path: SAMPLE.data, seed: 0 }, recipe: recipe({ samples: 12 }) };
  await quantize({ kind: 'quantize', ...common, output, statistics }, context());
  const observed = v.parse(StatisticsFileSchema, JSON.parse(readFileSync(statistics, 'utf8')));
  const { tensors } = await doctor({ kind: 'doctor', ...common, accuracy: false, work: folder }, context());
  const ranges = new Map(observed.tensors.map(({ name, min, max }) => [name, { min, max }]));
  expect(tensors.length).toBeGreaterThan(5);
  for (const { tensor, min, max } of tensors) {
    expect(min).toBeCloseTo(ranges.get(tensor)?.min ?? NaN, 4);
    expect(max).toBeCloseTo(ranges.get(tensor)?.max ?? NaN, 4);
  }
});

test('classes that do not calibrate are named, and the others are compared with', async () => {
  const sorted = (i: number): string => `${CLASSES[Math.floor(i / 20)]}/${numbered(i)}.png`;
  const { classes, mismatch } = await look({ count: 60, name: sorted, fields: { samples: 20 } });
  expect(classes).toEqual({
    present: 1,
    known: 3,
    missing: [
      { class: 1, name: 'nut' },
      { class: 2, name: 'pin' },
    ],
  });
  expect(mismatch).toMatchObject({ others: 20, differs: false });
});

test('inverted images are not like the ones that calibrate', async () => {
  const flat = (i: number): string => `${numbered(i)}.png`;
  const { mismatch, classes } = await look({ count: 40, name: flat, pixel: (noise, i) => (i < 20 ? 60 * noise : 255 - 60 * noise), fields: { samples: 20 } });
  expect(mismatch).toMatchObject({ others: 20, mean: 1, differs: true, message: expect.stringContaining('differ in the input’s mean (brightness') });
  expect(classes).toBeNull();
});

test('inputs at the end of what pixels can be are named', async () => {
  const { saturated } = await look({ count: 8, pixel: (noise, i) => (i === 2 && noise < 0.5 ? 255 : 20 + 200 * noise) });
  expect(saturated).toMatchObject([{ file: 'pin/002.png', low: 0 }]);
  expect(saturated[0]?.high).toBeCloseTo(50, -1);
});

test('one image tells nothing, and says so', async () => {
  const result = await look({ count: 1, accuracy: true });
  expect(result).toMatchObject({
    images: 1,
    verdict: { level: 'unknown' },
    outliers: [],
    mismatch: null,
    accuracy: [],
    subset: { images: [{ file: 'bolt/000.png' }] },
  });
  expect(result.warnings.map(({ code }) => code)).toContain('doctor-no-labels');
});

test('images that cannot be read are left out and named', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'tiny.onnx'), tinyModel());
  await putImages(join(folder, 'data'), 9, turns, (noise) => 200 * noise);
  putFiles(folder, { 'data/bolt/000.png': 'no picture' });
  const spec = { kind: 'doctor' as const, model: join(folder, 'tiny.onnx'), data: { path: join(folder, 'data'), seed: 0 }, accuracy: false, work: folder };
  const result = await doctor({ ...spec, recipe: recipe({ seed: 'none' }) }, context());
  expect(result).toMatchObject({ images: 8, total: 9, skipped: [{ file: 'bolt/000.png' }] });
  expect(result.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['data-skipped', 'data-fewer-samples']));
  expect(result.tensors.every(({ minBy }) => minBy.file !== 'bolt/000.png')).toBe(true);
});

test('accuracy at two sizes is that of two runs on the images that calibrate neither', async () => {
  const folder = temporaryFolder();
  const [model, path] = [join(folder, 'tiny.onnx'), join(folder, 'data')];
  writeFileSync(model, tinyModel());
  await putImages(path, 60, turns, (noise, i) => 255 * noise ** (1 + (i % 3)));
  const data = { path, seed: 0 };
  const job = context();
  const chosen = recipe({ samples: 16 });
  const { accuracy } = await doctor({ kind: 'doctor', model, data, recipe: chosen, work: folder }, job);
  const top1 = async (samples: number) => {
    const output = join(folder, `expected-${samples}.onnx`);
    await quantize({ kind: 'quantize', model, data, recipe: { ...chosen, samples }, output }, context());
    return (await evaluate({ kind: 'evaluate', model: output, data, skipSamples: 16, samples: 100 }, context())).top1;
  };
  expect(accuracy).toEqual([
    { images: 8, metric: 'top-1', value: await top1(8), evaluated: 44 },
    { images: 16, metric: 'top-1', value: await top1(16), evaluated: 44 },
  ]);
  // Every step that was announced was taken.
  expect(job.left()).toBe(0);
});

test('without labels the accuracy is left out, and that is said', async () => {
  const { accuracy, warnings, left } = await look({ count: 20, name: (i) => `${numbered(i)}.png`, fields: { samples: 10 }, accuracy: true });
  expect(accuracy).toEqual([]);
  expect(warnings.map(({ code }) => code)).toContain('doctor-no-labels');
  expect(left).toBe(0);
});

test.each([['dynamic'], ['float16']] as const)('where nothing calibrates, that is said (%s)', async (format) => {
  await expect(look({ count: 1, fields: { format } })).rejects.toMatchObject({ code: 'recipe-invalid', message: expect.stringContaining(format) as string });
});

test('stops within a second of a cancel', async () => {
  const folder = temporaryFolder();
  const runner = new RunnerUnderTest();
  runner.send({
    type: 'start',
    job: { kind: 'doctor', model: SAMPLE.model, data: { path: SAMPLE.data, seed: 0 }, recipe: recipe({ samples: 400 }), work: folder },
  });
  await runner.progress('doctor');
  const before = performance.now();
  runner.send({ type: 'cancel' });
  expect(await runner.ended()).toMatchObject({ type: 'failed', error: { code: 'job-cancelled' } });
  expect(performance.now() - before).toBeLessThan(1000);
  expect(existsSync(join(folder, '200.onnx'))).toBe(false);
});
