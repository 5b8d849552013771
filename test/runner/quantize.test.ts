import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DataSpec } from '../../src-main/contract/data.ts';
import type { JobSpec, Stage } from '../../src-main/contract/jobs.ts';
import type { Recipe } from '../../src-main/contract/recipe.ts';
import { StatisticsFileSchema } from '../../src-main/contract/statistics.ts';
import { readModel } from '../../src-main/core/onnx/read.ts';
import { temporaryFolder } from '../fixtures/images.ts';
import { canPin, failureOf, ONE_PROCESSOR, recipe, runJob, RunnerUnderTest, SAMPLE } from './harness.ts';

type SpecOf<K extends JobSpec['kind']> = Extract<JobSpec, { kind: K }>;

const quantize = (output: string, fields: Partial<Recipe> = {}, model = SAMPLE.model, data = SAMPLE.data): SpecOf<'quantize'> & { data: DataSpec } => ({
  kind: 'quantize',
  model,
  data: { path: data, seed: 0 as const },
  recipe: recipe({ samples: 20, ...fields }),
  output,
});
const run = (folder: string, fields: Partial<Recipe> = {}, data = SAMPLE.data): SpecOf<'run'> => ({
  ...quantize(join(folder, 'out.onnx'), fields, SAMPLE.model, data),
  kind: 'run',
  statistics: join(folder, 'statistics.json'),
});

/** Six images of every class of the sample. */
function fewImages(): string {
  const folder = temporaryFolder();
  cpSync(SAMPLE.data, folder, { recursive: true, filter: (path) => !/\.jpg$/.test(path) || /[05]\.jpg$/.test(path) });
  return folder;
}

describe('a whole run on the sample', () => {
  // ONNX Runtime's own quantizer: 287 of 300 per channel, 109 of 300 per tensor (resources/sample/README.md).
  test('per channel keeps the accuracy, and every part of the result is there', async () => {
    const folder = temporaryFolder();
    const spec = run(folder, { samples: 100 });
    const { result, messages } = await runJob(spec);
    const { quantize: quantized, evaluate, diagnose } = result;
    expect(evaluate.images).toBe(300);
    expect(evaluate.against?.top1).toBeGreaterThan(94);
    expect(Math.abs(evaluate.delta?.top1 ?? 100)).toBeLessThanOrEqual(1);
    expect(evaluate.agreement).toBeGreaterThan(97);
    expect(quantized).toMatchObject({
      images: 100,
      skipped: [],
      output: spec.output,
      sizeBytes: { float: statSync(SAMPLE.model).size, quantized: statSync(spec.output).size },
    });
    expect(quantized.sizeBytes.quantized).toBeLessThan(0.5 * quantized.sizeBytes.float);
    expect(quantized.nodes.integer).toBeGreaterThan(10);
    expect(quantized.seconds.statistics).toBeGreaterThan(0);
    expect(quantized.peakRssBytes).toBeGreaterThan(50e6);
    expect(evaluate.model.sha256).toBe(quantized.outputSha256);
    expect(diagnose.images).toBe(32);
    expect(diagnose.tensors.length).toBeGreaterThan(20);
    for (const tensor of diagnose.tensors) expect(tensor.cumulative.cosine ?? 1).toBeGreaterThan(0.8);
    expect(readModel(readFileSync(spec.output)).graph.nodes.some((node) => node.op === 'QuantizeLinear')).toBe(true);

    const { tensors } = v.parse(StatisticsFileSchema, JSON.parse(readFileSync(spec.statistics, 'utf8')));
    const input = tensors.find(({ name }) => name === 'image');
    // Pixels of 0 and 255 behind the sample's preprocessing: 64·64·3 values an image.
    expect(input?.count).toBe(100 * 64 * 64 * 3);
    expect(readdirSync(folder).sort()).toEqual(['out.onnx', 'statistics.json']);

    const stages = messages.flatMap((message) => (message.type === 'progress' ? [message.progress.stage] : []));
    expect([...new Set(stages)]).toEqual(['load', 'statistics', 'parameters', 'emit', 'verify', 'evaluate', 'speed', 'diagnose', 'sensitivity']);
  });

  test('per tensor collapses, and the warnings say why', async () => {
    const { result } = await runJob(run(temporaryFolder(), { samples: 100, granularity: 'per-tensor' }));
    expect(result.evaluate.top1).toBeLessThan(60);
    expect(result.quantize.warnings).toContainEqual(expect.objectContaining({ code: 'weights-need-per-channel' }));
  });

  test('says when the images that calibrated had to evaluate', async () => {
    const { result } = await runJob(run(temporaryFolder(), { samples: 1000 }, fewImages()));
    expect(result.evaluate.images).toBe(result.quantize.images);
    expect(result.quantize.warnings).toContainEqual(expect.objectContaining({ code: 'data-fewer-samples' }));
    expect(result.evaluate.warnings[0]?.code).toBe('evaluation-on-calibration-images');
  });
});

describe('the same recipe gives the same bytes', () => {
  const sha256 = async (fields: Partial<Recipe>, launcher: readonly string[] = [], cache?: string): Promise<string> => {
    const spec = { ...quantize(join(temporaryFolder(), 'out.onnx'), fields), ...(cache === undefined ? {} : { cache }) };
    return (await runJob(spec, launcher)).result.outputSha256;
  };

  test.skipIf(!canPin)('on one processor and on several', async () => {
    for (const fields of [{}, { ortParity: true, range: 'minmax' }] satisfies Partial<Recipe>[]) {
      const [several, one] = await Promise.all([sha256(fields), sha256(fields, ONE_PROCESSOR)]);
      expect(one).toBe(several);
    }
  });

  test('with the statistics of an earlier job and without, also where the first attempt was cancelled', async () => {
    const cache = temporaryFolder();
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job: { ...quantize(join(temporaryFolder(), 'out.onnx'), { samples: 80 }), cache } });
    await runner.progress('statistics');
    runner.send({ type: 'cancel' });
    expect(await runner.ended()).toMatchObject({ type: 'failed', error: { code: 'job-cancelled' } });
    expect(readdirSync(cache)).toEqual([]);

    const fresh = await sha256({ samples: 80 });
    const spec = (): SpecOf<'quantize'> => ({ ...quantize(join(temporaryFolder(), 'out.onnx'), { samples: 80 }), cache });
    const first = await runJob(spec());
    const second = await runJob(spec());
    expect([first.result.statistics, second.result.statistics]).toEqual(['observed', 'cached']);
    expect([first.result.outputSha256, second.result.outputSha256]).toEqual([fresh, fresh]);
  });

  test('but not with other images, or another order of them', async () => {
    const fields = { samples: 5, range: 'minmax' } as const;
    const all = await Promise.all([sha256(fields), sha256({ ...fields, seed: 1 }), sha256({ ...fields, seed: 'none' }), sha256({ ...fields, samples: 6 })]);
    expect(new Set(all).size).toBe(4);
  });
});

describe('the output', () => {
  const notWritable = (output: string) => expect(failureOf(quantize(output))).resolves.toMatchObject({ code: 'output-not-writable' });

  test('must be a place for a file', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'sub'));
    await notWritable(join(folder, 'none', 'out.onnx'));
    await notWritable(join(folder, 'file', 'out.onnx'));
    await notWritable(join(folder, 'sub'));
    expect(readdirSync(folder).sort()).toEqual(['file', 'sub']);
  });

  test('never overwrites the model that it is made of, not even through a link', async () => {
    const folder = temporaryFolder();
    const model = join(folder, 'model.onnx');
    copyFileSync(SAMPLE.model, model);
    symlinkSync(model, join(folder, 'link.onnx'));
    expect(await failureOf(quantize(join(folder, 'link.onnx'), {}, model))).toMatchObject({
      code: 'output-not-writable',
      message: expect.stringContaining('overwrite'),
    });
    expect(readFileSync(model)).toEqual(readFileSync(SAMPLE.model));
  });

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('a disk that is full or read-only leaves nothing behind', async () => {
    const folder = temporaryFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return;
    }
    onTestFinished(() => void execFileSync('umount', [folder]));
    expect(await failureOf(quantize(join(folder, 'out.onnx')))).toMatchObject({ code: 'disk-full' });
    expect(readdirSync(folder)).toEqual([]);
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    expect(await failureOf(quantize(join(folder, 'out.onnx')))).toMatchObject({ code: 'output-not-writable' });
  });
});

describe('a run that ends early', () => {
  test.each<Stage>(['load', 'statistics', 'verify', 'evaluate', 'diagnose'])('kill -9 in stage %s leaves nothing half-written', async (stage) => {
    const folder = temporaryFolder();
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job: run(folder, { samples: 40 }, fewImages()) });
    await runner.progress(stage);
    runner.process.kill('SIGKILL');
    expect(await runner.exit).toEqual({ code: null, signal: 'SIGKILL' });
    if (existsSync(join(folder, 'out.onnx'))) readModel(readFileSync(join(folder, 'out.onnx')));
    // The next run into the same place sweeps what a killed one may have left under a temporary name.
    await runJob(quantize(join(folder, 'out.onnx')));
    expect(readdirSync(folder).filter((name) => name.startsWith('.out.onnx'))).toEqual([]);
  });

  test.each<Stage>(['statistics', 'evaluate', 'diagnose'])('a cancel in stage %s ends the runner by itself and leaves no file', async (stage) => {
    const folder = temporaryFolder();
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job: run(folder, { samples: stage === 'statistics' ? 400 : 40 }, stage === 'diagnose' ? fewImages() : SAMPLE.data) });
    await runner.progress(stage);
    runner.send({ type: 'cancel' });
    expect(await runner.ended()).toMatchObject({ type: 'failed', error: { code: 'job-cancelled' } });
    await runner.exit;
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a bad model', () => {
  const bytes = readFileSync(SAMPLE.model);
  const cases: [string, string, (path: string) => void][] = [
    ['is not there', 'model-not-found', () => undefined],
    ['is a folder', 'model-is-folder', (path) => mkdirSync(path)],
    ['is empty', 'model-empty', (path) => writeFileSync(path, '')],
    ['is text', 'model-not-onnx', (path) => writeFileSync(path, 'this is no model at all')],
    ['is cut off', 'model-truncated', (path) => writeFileSync(path, bytes.subarray(0, bytes.length / 2))],
  ];
  test.each(cases)('%s', async (_, code, make) => {
    const folder = temporaryFolder();
    const model = join(folder, 'modèle 1.onnx');
    make(model);
    const before = readdirSync(folder);
    expect(await failureOf(quantize(join(folder, 'out.onnx'), {}, model))).toMatchObject({ code });
    expect(readdirSync(folder)).toEqual(before);
  });
});
