/**
 * Speed and memory of quantizing MobileNetV2-7, beside plain float inference and, where there is one, ONNX Runtime's Python tool.
 * CALIBRANT_BENCH_PYTHON names a Python with onnxruntime. Run: node test/bench/quantize.ts
 *
 * First whole jobs, each in a runner process of its own as in the product: before this process has grown, because Linux counts the highest resident set
 * of a process from that of its parent. Then statistics without decoding, of tensors made beforehand: each round times plain inference and statistics one
 * after the other, since the machine may have other work, and the median of the rounds counts.
 */
import { fork } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import * as v from 'valibot';
import type { DataSpec } from '../../src-main/contract/data.ts';
import { FromRunnerSchema, type JobSpec } from '../../src-main/contract/jobs.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';
import { QuantizeResultSchema, type QuantizeResult } from '../../src-main/contract/results.ts';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import { planQuantization } from '../../src-main/core/quant/plan.ts';
import { createTensor } from '../../src-main/runner/feed.ts';
import { openJobData } from '../../src-main/runner/job-data.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import { prepareFor } from '../../src-main/runner/quantize/prepare.ts';
import { collectStatistics } from '../../src-main/runner/stages/statistics.ts';
import { npy } from '../fixtures/arrays.ts';
import { hasShared, shared } from '../fixtures/shared.ts';
import { hasPythonTool, pythonTool } from './python-tool.ts';

if (!hasShared) process.exit(0);

const MODEL = shared('models/imagenet/mobilenetv2-7-fp32.onnx');
const IMAGES = shared('data/imagenet300');
const preprocessOf = (name: string) => parsePreprocess(readFileSync(shared(`preprocess/${name}.json`), 'utf8'), name);
const DATA: DataSpec = { path: IMAGES, preprocess: preprocessOf('imagenet-torchvision-224'), seed: 0 };
const SIZE = 3 * 224 * 224;
const ROUNDS = 5;

const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));
const format = (value: number, digits = 2): string => value.toFixed(digits);
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;
const quiet = { signal: new AbortController().signal, progress: { start: () => undefined, step: () => undefined }, log: () => undefined };

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Tensors of the first images, as our own preprocessing makes them. */
async function writeTensors(count: number): Promise<string> {
  const { model } = await readModelFile(MODEL);
  const data = await openJobData(DATA, model.graph.inputs);
  const values = new Float32Array(count * SIZE);
  for (let i = 0; i < count; i++) await data.input.fill(data.order[i] as number, values.subarray(i * SIZE, (i + 1) * SIZE));
  const path = join(folder, `tensors-${count}.npy`);
  writeFileSync(path, npy('<f4', [count, 3, 224, 224], values));
  return path;
}

/** Against as many inferences with ONNX Runtime as it comes, which is what a user's own loop would take. */
async function measureStatistics(images: number): Promise<Record<string, string>[]> {
  const { model } = await readModelFile(MODEL);
  const data = await openJobData({ path: await writeTensors(images), seed: 'none' }, model.graph.inputs);
  const plan = planQuantization(prepareFor(model, data.input, DEFAULT_RECIPE).model, DEFAULT_RECIPE);
  const collect = (full: boolean) => timed(() => collectStatistics(plan, data, data.order, quiet, { full }));
  const plainInferences = async (): Promise<number> => {
    const session = await InferenceSession.create(MODEL);
    const image = { input: createTensor({ type: 'float32', shape: [1, 3, 224, 224] }) };
    for (let i = 0; i < 10; i++) await session.run(image);
    const seconds = await timed(async () => {
      for (let i = 0; i < images; i++) await session.run(image);
    });
    await session.release();
    return seconds;
  };
  const rounds: { plain: number; ends: number; full: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push({ plain: await plainInferences(), ends: await collect(false), full: await collect(true) });
  const row = (what: string, key: 'ends' | 'full', goal: number) => ({
    images: String(images),
    what,
    's': format(median(rounds.map((round) => round[key]))),
    'plain s': format(median(rounds.map(({ plain }) => plain))),
    'times plain': format(median(rounds.map((round) => round[key] / round.plain))),
    'goal': `≤ ${goal}`,
  }); // prettier-ignore
  return [row('min-max alone', 'ends', 2.6), row('full statistics', 'full', 5)];
}

interface Job {
  result: QuantizeResult;
  seconds: number;
  /** Resident set when the runner was ready, and at its highest, in MB. */
  idle: number;
  peak: number;
}

function quantize(model: string, data: DataSpec, changes: Partial<Recipe>, cache?: string): Promise<Job> {
  const job: JobSpec = {
    kind: 'quantize',
    model,
    data,
    recipe: { ...DEFAULT_RECIPE, ...changes },
    output: join(folder, 'int8.onnx'),
    ...(cache === undefined ? {} : { cache }),
  };
  return new Promise((done, failed) => {
    const runner = fork(resolve(import.meta.dirname, '../../src-main/runner/main.ts'), [], { serialization: 'advanced', execArgv: [] });
    let idle = NaN;
    let start = 0;
    runner.on('message', (raw) => {
      const message = v.parse(FromRunnerSchema, raw);
      if (message.type === 'ready') {
        idle = residentMegabytes(runner.pid);
        start = performance.now();
        runner.send({ type: 'start', job });
      }
      if (message.type === 'failed') failed(new Error(message.error.message));
      if (message.type !== 'done') return;
      const result = v.parse(QuantizeResultSchema, message.result);
      done({ result, seconds: (performance.now() - start) / 1000, idle, peak: result.peakRssBytes / 1e6 });
    });
    runner.on('exit', () => failed(new Error('The runner ended.')));
  });
}

/** NaN where the system does not tell. */
function residentMegabytes(pid: number | undefined): number {
  try {
    return (Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6;
  } catch {
    return NaN;
  }
}

/** The 300 images under as many names as it takes. */
function repeatImages(count: number): string {
  const files = readdirSync(IMAGES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.jpe?g$/i.test(entry.name));
  const path = join(folder, `images-${count}`);
  mkdirSync(path);
  for (let i = 0; i < count; i++) {
    const { parentPath, name } = files[i % files.length] as (typeof files)[number];
    copyFileSync(join(parentPath, name), join(path, `${i}-${name}`));
  }
  return path;
}

const jobRow = (what: string, { result, seconds, idle, peak }: Job) => ({
  job: what,
  'statistics s': `${format(result.seconds.statistics)} (${result.statistics})`,
  'parameters s': format(result.seconds.parameters),
  'emit s': format(result.seconds.emit),
  'all s': format(seconds),
  'idle MB': format(idle, 0),
  'peak MB': format(peak, 0),
  'above idle MB': format(peak - idle, 0),
});

try {
  const cache = join(folder, 'cache');
  const hundred = await quantize(MODEL, DATA, { samples: 100 });
  const thousand = await quantize(MODEL, { ...DATA, path: repeatImages(1000) }, { samples: 1000 });
  const yolox = shared('models/detect/yolox-nano-coco-opset11-fp32.onnx');
  const coco: DataSpec = { path: shared('data/coco-val-64a'), preprocess: preprocessOf('yolox-416'), seed: 0 };
  await quantize(MODEL, DATA, { samples: 100 }, cache);
  console.table([
    jobRow('MobileNetV2, 100 images', hundred),
    jobRow('MobileNetV2, 1000 images', thousand),
    jobRow('MobileNetV2, 100 images known, other recipe', await quantize(MODEL, DATA, { samples: 100, range: 'percentile', granularity: 'per-tensor' }, cache)),
    jobRow('YOLOX-Nano 416, 64 images', await quantize(yolox, coco, { samples: 64 })),
  ]);
  console.log(
    `Goals: at most 500 MB above the idle runner, 1000 images within 10 % of 100 (here ${format(100 * (thousand.peak / hundred.peak - 1), 1)} %), known statistics below 2 s, YOLOX-Nano at most 1000 MB.`,
  );

  console.table([...(await measureStatistics(100)), ...(await measureStatistics(200))]);

  if (hasPythonTool()) {
    const tensors = join(folder, 'tensors-100.npy');
    const job = () => quantize(MODEL, { path: tensors, seed: 'none' }, { samples: 100 });
    const rows = [];
    for (const method of ['MinMax', 'Percentile'] as const) {
      const before = await job();
      const tool = pythonTool(MODEL, tensors, method, join(folder, 'tool.onnx'));
      const after = await job();
      const ours = { seconds: (before.seconds + after.seconds) / 2, idle: before.idle, peak: Math.max(before.peak, after.peak) };
      rows.push({
        'Python tool': method,
        s: format(tool.seconds),
        'peak MB': format(tool.peak, 0),
        'ours, full statistics, s': format(ours.seconds),
        'our peak MB': format(ours.peak, 0),
        'times faster': format(tool.seconds / ours.seconds, 1),
        'share of its memory': `${format((100 * ours.peak) / tool.peak, 0)} %`,
        'above idle': `${format((100 * (ours.peak - ours.idle)) / (tool.peak - tool.idle), 0)} %`,
      });
    }
    console.table(rows);
    console.log('Goals, of the same 100 tensors: no slower than MinMax; 5 times faster than Percentile in a tenth of its memory.');
  } else {
    console.log('No Python with onnxruntime was found; CALIBRANT_BENCH_PYTHON may name one.');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
