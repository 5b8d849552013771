/**
 * Images per second of an evaluation (threads started, decode, infer, judge; without measuring latency), beside ONNX Runtime alone on the same images,
 * decoded beforehand, with the same session options: the float model, and it with its INT8, as a run is judged. A folder with fewer images is gone through
 * several times. Each round times both one after the other, since the machine may have other work, and the median of the rounds counts.
 * Run: node test/bench/evaluate.ts
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from 'onnxruntime-node';
import type { DataSpec } from '../../src-main/contract/data.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import type { InputArray } from '../../src-main/core/data/normalize.ts';
import { createTensor } from '../../src-main/runner/feed.ts';
import { openJobData, type JobData } from '../../src-main/runner/job-data.ts';
import { judgeAlike, openJudged, type Contestant } from '../../src-main/runner/judged-model.ts';
import { judgeSamples } from '../../src-main/runner/judges/judge-samples.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import type { JobContext } from '../../src-main/runner/progress.ts';
import { THREADS } from '../../src-main/runner/session.ts';
import { quantize } from '../../src-main/runner/stages/quantize.ts';
import { hasShared, shared } from '../fixtures/shared.ts';

if (!hasShared) process.exit(0);

const GOAL = 90;
const ROUNDS = 3;
const IMAGES = 600;
/** Decoded tensors have to fit into memory. */
const DECODED = 100;
/** Enough that the ranges are usual ones. */
const CALIBRATED = 20;

const CASES = [
  { name: 'MobileNetV2-7', model: 'imagenet/mobilenetv2-7-fp32', data: 'imagenet300', preprocess: 'imagenet-torchvision-224' },
  { name: 'YOLOX-Nano', model: 'detect/yolox-nano-coco-opset11-fp32', data: 'coco-val-64a', preprocess: 'yolox-416' },
];

const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;
const quiet: JobContext = { signal: new AbortController().signal, progress: { start: () => undefined, step: () => undefined }, log: () => undefined };

async function rateOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (1000 * IMAGES) / (performance.now() - start);
}

async function decoded({ input }: JobData, positions: Uint32Array): Promise<Tensor[]> {
  const tensors: Tensor[] = [];
  for (const position of positions.slice(0, DECODED)) {
    const tensor = createTensor(input);
    await input.fill(position, tensor.data as InputArray);
    tensors.push(tensor);
  }
  return tensors;
}

async function measure(contestants: readonly Contestant[], data: JobData): Promise<{ alone: number; judged: number }> {
  const positions = Uint32Array.from({ length: IMAGES }, (_, i) => data.order[i % data.order.length] as number);
  const tensors = await decoded(data, positions);
  const bare = async () => {
    for (let i = 0; i < IMAGES; i++) for (const { session } of contestants) await session.run(tensors[i % tensors.length] as Tensor);
  };
  await bare();
  const rates = { alone: [] as number[], judged: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.alone.push(await rateOf(bare));
    rates.judged.push(await rateOf(() => judgeSamples(contestants, data, positions, quiet)));
  }
  return { alone: median(rates.alone), judged: median(rates.judged) };
}

try {
  console.log(`${THREADS} threads, ${IMAGES} images, median of ${ROUNDS} rounds; goal: ${GOAL} % of ONNX Runtime alone`);
  for (const { name, model, data: folderName, preprocess } of CASES) {
    const path = shared(`models/${model}.onnx`);
    const spec: DataSpec = {
      path: shared(`data/${folderName}`),
      preprocess: parsePreprocess(readFileSync(shared(`preprocess/${preprocess}.json`), 'utf8'), preprocess),
      seed: 0,
    };
    const int8 = join(folder, `${name}.onnx`);
    await quantize({ kind: 'quantize', model: path, data: spec, recipe: { ...DEFAULT_RECIPE, samples: CALIBRATED }, output: int8 }, quiet);
    const files = judgeAlike([await readModelFile(path), await readModelFile(int8)]);
    const data = await openJobData(spec, (files[0] as (typeof files)[number]).model.graph.inputs);
    await data.sha256;
    const contestants: Contestant[] = [];
    for (const file of files) contestants.push({ file, session: await openJudged(file) });
    for (const [what, some] of [
      ['float', contestants.slice(0, 1)],
      ['float + INT8', contestants],
    ] as const) {
      const { alone, judged } = await measure(some, data);
      const share = (100 * judged) / alone;
      console.log(`${name.padEnd(14)} ${what.padEnd(13)} alone ${alone.toFixed(1)}/s  evaluation ${judged.toFixed(1)}/s  ${share.toFixed(0)} %  ${share >= GOAL ? 'met' : 'missed'}`); // prettier-ignore
    }
    for (const { session } of contestants) await session.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
