/**
 * Speed and memory of diagnosing MobileNetV2-7 against its INT8 on 64 images, all tensors, beside the bare inferences of both models.
 * Run: node test/bench/diagnose.ts
 *
 * Images are tensors made beforehand, so that no decoding is timed. First a whole job in a runner process of its own as in the product, for its memory:
 * before this process has grown, because Linux counts the highest resident set of a process from that of its parent. Then each round times the bare
 * inferences and the diagnosis one after the other, since the machine may have other work, and the median of the rounds counts.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import type { DataSpec } from '../../src-main/contract/data.ts';
import { FromRunnerSchema, type JobSpec, type Stage } from '../../src-main/contract/jobs.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import { createTensor } from '../../src-main/runner/feed.ts';
import { openJobData } from '../../src-main/runner/job-data.ts';
import { judgeAlike, openJudged, type JudgedModel } from '../../src-main/runner/judged-model.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import type { JobContext } from '../../src-main/runner/progress.ts';
import { diagnoseModels } from '../../src-main/runner/stages/diagnose.ts';
import { npy } from '../fixtures/arrays.ts';
import { hasShared, shared } from '../fixtures/shared.ts';

if (!hasShared) process.exit(0);

const MODEL = shared('models/imagenet/mobilenetv2-7-fp32.onnx');
const PREPROCESS = 'imagenet-torchvision-224';
const DATA: DataSpec = {
  path: shared('data/imagenet300'),
  preprocess: parsePreprocess(readFileSync(shared(`preprocess/${PREPROCESS}.json`), 'utf8'), PREPROCESS),
  seed: 0,
};
const SIZE = 3 * 224 * 224;
const IMAGES = 64;
const ROUNDS = 5;

const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

/** Seconds since the last stage began, by stage. */
function stopwatch(): { context: JobContext; seconds: Map<Stage, number>; stop(): void } {
  const seconds = new Map<Stage, number>();
  let current: { stage: Stage; at: number } | null = null;
  const stop = (): void => void (current && seconds.set(current.stage, (performance.now() - current.at) / 1000));
  const start = (stage: Stage): void => {
    stop();
    current = { stage, at: performance.now() };
  };
  return { context: { signal: new AbortController().signal, progress: { start, step: () => undefined }, log: () => undefined }, seconds, stop };
}

/** Runs a job and tells the highest resident set of its process in MB, and the one before it began; NaN where the system does not tell. */
function runJob(job: JobSpec): Promise<{ idle: number; peak: number; seconds: number }> {
  return new Promise((done, failed) => {
    const runner = fork(resolve(import.meta.dirname, '../../src-main/runner/main.ts'), [], { serialization: 'advanced', execArgv: [] });
    let [idle, start, peak] = [NaN, 0, NaN];
    const watch = setInterval(() => (peak = statusMegabytes(runner.pid, 'VmHWM')), 20);
    runner.on('message', (raw) => {
      const message = v.parse(FromRunnerSchema, raw);
      if (message.type === 'ready') {
        idle = statusMegabytes(runner.pid, 'VmRSS');
        start = performance.now();
        runner.send({ type: 'start', job });
      }
      if (message.type === 'failed') failed(new Error(message.error.message));
      if (message.type === 'done') done({ idle, peak, seconds: (performance.now() - start) / 1000 });
    });
    runner.on('exit', () => {
      clearInterval(watch);
      failed(new Error('The runner ended.'));
    });
  });
}

function statusMegabytes(pid: number | undefined, key: 'VmRSS' | 'VmHWM'): number {
  try {
    return (Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6;
  } catch {
    return NaN;
  }
}

/** Tensors of the first images, as our own preprocessing makes them. */
async function writeTensors(): Promise<string> {
  const { model } = await readModelFile(MODEL);
  const data = await openJobData(DATA, model.graph.inputs);
  const values = new Float32Array(IMAGES * SIZE);
  for (let i = 0; i < IMAGES; i++) await data.input.fill(data.order[i] as number, values.subarray(i * SIZE, (i + 1) * SIZE));
  const path = join(folder, 'tensors.npy');
  writeFileSync(path, npy('<f4', [IMAGES, 3, 224, 224], values));
  return path;
}

/** Milliseconds of one image through the models, as the product opens them. */
async function bareInferences(models: readonly JudgedModel[]): Promise<number> {
  const image = createTensor({ type: 'float32', shape: [1, 3, 224, 224] });
  let all = 0;
  for (const model of models) {
    const session = await openJudged(model);
    for (let i = 0; i < 10; i++) await session.run(image);
    const start = performance.now();
    for (let i = 0; i < IMAGES; i++) await session.run(image);
    all += performance.now() - start;
    await session.close();
  }
  return all / IMAGES;
}

try {
  const quantized = join(folder, 'int8.onnx');
  await runJob({ kind: 'quantize', model: MODEL, data: DATA, recipe: { ...DEFAULT_RECIPE, samples: 50 }, output: quantized });
  const spec: DataSpec = { path: await writeTensors(), seed: 'none' };
  const job = await runJob({ kind: 'diagnose', float: MODEL, quantized, data: spec, skipSamples: 0, samples: IMAGES });

  const models = judgeAlike([await readModelFile(MODEL), await readModelFile(quantized)]) as [JudgedModel, JudgedModel];
  const data = await openJobData(spec, models[0].model.graph.inputs);
  const rounds: { bare: number; compared: number; sensitivity: number }[] = [];
  let tensors = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const bare = await bareInferences(models);
    const watch = stopwatch();
    tensors = (await diagnoseModels(models[0], models[1], data, data.order, watch.context)).tensors.length;
    watch.stop();
    rounds.push({ bare, compared: ((watch.seconds.get('diagnose') ?? NaN) * 1000) / IMAGES, sensitivity: watch.seconds.get('sensitivity') ?? NaN });
  }
  console.table([
    {
      'images': IMAGES,
      tensors,
      'float + INT8, ms an image': median(rounds.map(({ bare }) => bare)).toFixed(1),
      'diagnosis, ms an image': median(rounds.map(({ compared }) => compared)).toFixed(1),
      'times bare': median(rounds.map(({ bare, compared }) => compared / bare)).toFixed(2),
      'sensitivity s': median(rounds.map(({ sensitivity }) => sensitivity)).toFixed(2),
      'whole job s': job.seconds.toFixed(2),
      'idle MB': job.idle.toFixed(0),
      'peak MB': job.peak.toFixed(0),
    },
  ]); // prettier-ignore
  console.log('Goals: at most 6 times the bare inferences, at most 1000 MB.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
