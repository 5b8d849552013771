import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FromRunner, Progress } from '../../src-main/contract/jobs.ts';
import { createProgress } from '../../src-main/runner/progress.ts';
import { temporaryFolder } from '../fixtures/images.ts';
import { recipe, RunnerUnderTest, SAMPLE } from './harness.ts';

const job = { kind: 'evaluate' as const, model: SAMPLE.model, data: { path: SAMPLE.data, seed: 0 }, skipSamples: 0 };

describe('a job', () => {
  test('says ready, then progress by stage, then done, and leaves', async () => {
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job });
    await runner.ended();
    expect(await runner.exit).toEqual({ code: 0, signal: null });
    expect(runner.messages[0]).toEqual({ type: 'ready' });
    const progress = runner.messages.flatMap((message) => (message.type === 'progress' ? [message.progress] : []));
    expect(new Set(progress.map(({ stage }) => stage))).toEqual(new Set(['load', 'evaluate']));
    expect(progress.at(-1)).toMatchObject({ stage: 'evaluate', done: 400, total: 400, stages: ['load', 'evaluate'] });
    expect(progress.at(-1)?.rate).toBeGreaterThan(0);
  });

  test('stops within a second of a cancel, and leaves', async () => {
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job });
    await runner.progress('evaluate');
    const before = performance.now();
    runner.send({ type: 'cancel' });
    expect(await runner.ended()).toMatchObject({ type: 'failed', error: { code: 'job-cancelled' } });
    expect(await runner.exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('ends when its parent is gone', async () => {
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job });
    await runner.progress('evaluate');
    runner.process.disconnect();
    expect(await runner.exit).toEqual({ code: 0, signal: null });
  });

  test('sends a heartbeat every second', async () => {
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job: { kind: 'service' } });
    await runner.message((message): message is Extract<FromRunner, { type: 'heartbeat' }> => message.type === 'heartbeat');
  });

  test('refuses a message that is none', async () => {
    const runner = new RunnerUnderTest();
    runner.process.send({ type: 'start', job: { kind: 'dance' } });
    expect(await runner.ended()).toMatchObject({ type: 'failed', error: { code: 'internal' } });
  });
});

describe('the service', () => {
  test('indexes data, shows images and their tensors, and refuses what is not there', async () => {
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job: { kind: 'service' } });
    const index = await runner.ask(1, 'indexData', { path: SAMPLE.data });
    expect(index).toMatchObject({ kind: 'class-folders', preprocess: { layout: 'NCHW' } });
    expect(index.items).toHaveLength(400);
    const [picture, preview] = await Promise.all([
      runner.ask(2, 'thumbnail', { path: SAMPLE.data, index: 7, size: 48 }),
      runner.ask(3, 'previewTensor', { path: SAMPLE.data, index: 7, preprocess: index.preprocess as NonNullable<typeof index.preprocess> }),
    ]);
    expect(picture).toMatchObject({ width: 48, height: 48, jpeg: expect.any(Uint8Array) });
    expect(preview.tensor.shape).toEqual([1, 3, 64, 64]);
    expect(preview.tensor.values).toBeInstanceOf(Float32Array);
    await expect(runner.ask(4, 'thumbnail', { path: SAMPLE.data, index: 400, size: 48 })).rejects.toMatchObject({ code: 'data-unreadable' });
    await expect(runner.ask(5, 'indexData', { path: temporaryFolder() })).rejects.toMatchObject({ code: 'data-no-images' });
  });
});

describe('questions about models', () => {
  test('inspect and plan, and a coded answer about a file that is none', async () => {
    const runner = new RunnerUnderTest();
    runner.send({ type: 'start', job: { kind: 'service' } });
    const report = await runner.ask(1, 'inspect', { model: SAMPLE.model });
    expect(report).toMatchObject({
      file: { name: 'model.onnx' },
      runtime: { loads: true, message: null },
      quantization: 'none',
      parameters: expect.any(Number),
    });
    const plan = await runner.ask(2, 'plan', { model: SAMPLE.model, recipe: recipe() });
    expect(plan.nodes.integer).toBeGreaterThan(10);
    expect(plan.sizeBytes.estimated).toBeLessThan(report.file.bytes);
    await expect(runner.ask(3, 'inspect', { model: join(SAMPLE.data, 'preprocess.json') })).rejects.toMatchObject({ code: 'model-not-onnx' });
    await expect(runner.ask(4, 'inspect', { model: join(SAMPLE.data, 'none.onnx') })).rejects.toMatchObject({ code: 'model-not-found' });
  });
});

describe('createProgress', () => {
  /** A clock that a test moves. */
  function measured(stepMs: number, steps: number): Progress[] {
    const seen: Progress[] = [];
    let now = 0;
    const progress = createProgress(['statistics'], (each) => seen.push(each), () => now); // prettier-ignore
    progress.start('statistics', steps);
    for (let i = 0; i < steps; i += 1) {
      now += stepMs;
      progress.step();
    }
    return seen;
  }

  test('reports at most four times a second, and the end', () => {
    const seen = measured(10, 100);
    expect(seen.length).toBeLessThanOrEqual(6);
    expect(seen.at(-1)).toMatchObject({ done: 100, total: 100, secondsLeft: null });
  });

  test('tells the time left from 3 s on', () => {
    const seen = measured(100, 100);
    expect(seen.filter(({ done }) => done < 30).every(({ secondsLeft }) => secondsLeft === null)).toBe(true);
    const late = seen.find(({ done }) => done >= 60);
    expect(late?.rate).toBeCloseTo(10, 5);
    expect(late?.secondsLeft).toBeCloseTo((100 - (late?.done ?? 0)) / 10, 5);
  });
});
