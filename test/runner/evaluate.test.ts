import { copyFileSync, cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Preprocess } from '../../src-main/contract/preprocess.ts';
import { npy } from '../fixtures/arrays.ts';
import { plain, putFiles, temporaryFolder } from '../fixtures/images.ts';
import { canPin, failureOf, ONE_PROCESSOR, recipe, runJob, SAMPLE } from './harness.ts';

const evaluate = (data: string, fields: { skipSamples?: number; samples?: number; against?: string; preprocess?: Preprocess } = {}) => {
  const { preprocess, skipSamples = 0, ...rest } = fields;
  return { kind: 'evaluate' as const, model: SAMPLE.model, data: { path: data, seed: 0, ...(preprocess ? { preprocess } : {}) }, skipSamples, ...rest };
};
const chips = readdirSync(join(SAMPLE.data, 'chip')).slice(0, 4);

describe('the float sample model', () => {
  // 382 of 400: measured by resources/sample/check_sample.py with Python's ONNX Runtime and PIL (bilinear reduction differs in the last bit).
  test('is as accurate as its README says', async () => {
    const { result } = await runJob(evaluate(SAMPLE.data));
    expect(result.images).toBe(400);
    expect(result.top1).toBeGreaterThan(94.5);
    expect(result.top1).toBeLessThan(96.5);
    expect(result.chance).toBe(10);
    expect(result.perClass.map(({ class: index, name, images }) => [index, name, images])).toContainEqual([0, 'bearing', 40]);
    expect(result.perClass.reduce((sum, { top1, images }) => sum + (top1 * images) / 100, 0) / 4).toBeCloseTo(result.top1 ?? 0);
    expect(result.latencyMs.median).toBeGreaterThan(0);
    expect(result.latencyMs.p95).toBeGreaterThanOrEqual(result.latencyMs.median);
    expect(result.warnings).toMatchObject([{ severity: 'note', code: 'task-in-force', message: expect.stringContaining('classification') }]);
    expect(result.provenance).toMatchObject({
      modelSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      dataSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      seed: 0,
    });
  });

  test('agrees with itself to the last bit', async () => {
    const { result } = await runJob(evaluate(SAMPLE.data, { against: SAMPLE.model, samples: 40, skipSamples: 100 }));
    expect(result).toMatchObject({ images: 40, agreement: 100, outputError: { sqnrDb: null, mse: 0 }, delta: { top1: 0, bytes: 0 } });
    expect(result.against).toMatchObject({ top1: result.top1, images: 40 });
  });

  test.skipIf(!canPin)('judges alike on one processor and on several, to the last digit', async () => {
    const out = join(temporaryFolder(), 'int8.onnx');
    const data = { path: SAMPLE.data, seed: 0 };
    await runJob({ kind: 'quantize', model: SAMPLE.model, data, recipe: recipe({ samples: 20, range: 'minmax' }), output: out });
    const spec = { ...evaluate(SAMPLE.data, { against: SAMPLE.model }), model: out };
    const [several, one] = await Promise.all([runJob(spec), runJob(spec, ONE_PROCESSOR)]);
    const judged = ({ images, top1, top5, perClass, agreement, outputs, damage, confusions, against }: typeof one.result) =>
      ({ images, top1, top5, perClass, agreement, outputs, damage, confusions, float: against?.perClass }); // prettier-ignore
    expect(several.result.images).toBe(400);
    expect(judged(several.result)).toEqual(judged(one.result));
  });

  test('with a wrong preprocessing is near chance, and that is said', async () => {
    const preprocess: Preprocess = {
      resize: { width: 64, height: 64, filter: 'bilinear' },
      color: 'RGB',
      layout: 'NCHW',
      scale: 1,
      mean: [0],
      std: [1],
      type: 'float32',
      labelOffset: 0,
    };
    const { result } = await runJob(evaluate(SAMPLE.data, { samples: 60, preprocess: { ...preprocess, scale: -1 } }));
    expect(result.warnings).toContainEqual(expect.objectContaining({ code: 'accuracy-near-chance' }));
  });
});

describe('data that are not all good', () => {
  test('bad images among good ones are skipped, counted and named', async () => {
    const folder = temporaryFolder();
    chips.forEach((file) => copyFileSync(join(SAMPLE.data, 'chip', file), join(folder, file)));
    putFiles(folder, { 'empty.jpg': '', 'text.png': 'no image', 'half.png': (await plain(64, 64, [1, 2, 3])).subarray(0, 90) });
    copyFileSync(join(SAMPLE.data, 'preprocess.json'), join(folder, 'preprocess.json'));
    const { result } = await runJob(evaluate(folder));
    expect(result.images).toBe(4);
    expect(result.skipped.map(({ file }) => file).sort()).toEqual(['empty.jpg', 'half.png', 'text.png']);
    expect(result).toMatchObject({ top1: null, labelled: false });
    expect(result.warnings.map(({ code }) => code)).toEqual(['task-in-force', 'data-unlabelled', 'data-skipped']);
  });

  test('none is usable', async () => {
    const folder = putFiles(temporaryFolder(), { 'a.jpg': '', 'b.jpg': 'x' });
    expect(await failureOf(evaluate(folder))).toMatchObject({ code: 'data-unreadable', message: expect.stringMatching(/None of the 2 samples.*[ab]\.jpg/) });
  });

  test('a class index out of range names the file', async () => {
    const folder = temporaryFolder();
    cpSync(join(SAMPLE.data, 'chip'), join(folder, 'images'), { recursive: true });
    writeFileSync(join(folder, 'labels.csv'), `file,class_index\n${chips.map((file, i) => `images/${file},${i === 2 ? 10 : 3}`).join('\n')}\n`);
    expect(await failureOf(evaluate(folder))).toMatchObject({
      code: 'data-class-out-of-range',
      message: expect.stringContaining(`images/${chips[2]} has the class index 10`),
    });
  });

  test('too few remain', async () => {
    expect(await failureOf(evaluate(SAMPLE.data, { skipSamples: 400 }))).toMatchObject({ code: 'data-too-few' });
  });
});

describe('data that do not fit the model', () => {
  test('another size, another layout, another type', async () => {
    const base: Preprocess = {
      color: 'RGB',
      layout: 'NCHW',
      scale: 1,
      mean: [0],
      std: [1],
      type: 'float32',
      labelOffset: 0,
      resize: { width: 64, height: 64, filter: 'bilinear' },
    };
    const cases: [Partial<Preprocess>, string][] = [
      [{ resize: { width: 32, height: 32, filter: 'bilinear' } }, '[1, 3, 32, 32]'],
      [{ layout: 'NHWC' }, 'NHWC'],
      [{ color: 'gray' }, '[1, 1, 64, 64]'],
      [{ type: 'uint8' }, 'float32'],
    ];
    for (const [fields, words] of cases) {
      expect(await failureOf(evaluate(SAMPLE.data, { preprocess: { ...base, ...fields } }))).toMatchObject({
        code: 'preprocess-mismatch',
        message: expect.stringContaining(words),
      });
    }
  });

  test('features of another shape', async () => {
    const folder = putFiles(temporaryFolder(), { 'x.npy': npy('<f4', [2, 640], new Float32Array(1280)) });
    expect(await failureOf(evaluate(folder))).toMatchObject({ code: 'preprocess-mismatch', message: expect.stringContaining('[640]') });
  });

  test('features of the right shape go in as they are; values that are not finite are skipped', async () => {
    const x = new Float32Array(2 * 3 * 64 * 64).fill(0.5);
    x[5] = NaN;
    const folder = putFiles(temporaryFolder(), { 'x.npy': npy('<f4', [2, 3, 64, 64], x), 'y.npy': npy('<i4', [2], Int32Array.of(0, 1)) });
    const { result } = await runJob(evaluate(folder));
    expect(result).toMatchObject({ images: 1, labelled: true, skipped: [{ file: 'x.npy#0', reason: expect.stringContaining('not finite') }] });
    expect(result.provenance.preprocess).toBeNull();
  });

  test('without any preprocessing it is guessed, and said', async () => {
    const folder = temporaryFolder();
    chips.forEach((file) => copyFileSync(join(SAMPLE.data, 'chip', file), join(folder, file)));
    const { result } = await runJob(evaluate(folder));
    expect(result.warnings).toContainEqual(expect.objectContaining({ severity: 'note', code: 'preprocess-guessed' }));
  });
});
