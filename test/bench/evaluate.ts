/**
 * Images per second of an evaluation (decode, infer, judge; without measuring latency), beside ONNX Runtime alone on the same images, decoded beforehand,
 * with the same session options. Each round times both one after the other, since the machine may have other work, and the median of the rounds counts.
 * Run: node test/bench/evaluate.ts
 */
import { readFileSync } from 'node:fs';
import type { Tensor } from 'onnxruntime-node';
import type { DataSpec } from '../../src-main/contract/data.ts';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import type { InputArray } from '../../src-main/core/data/normalize.ts';
import { createTensor } from '../../src-main/runner/feed.ts';
import { openJobData } from '../../src-main/runner/job-data.ts';
import { judgeAlike, openJudged, type JudgedModel } from '../../src-main/runner/judged-model.ts';
import { judgeSamples } from '../../src-main/runner/judges/judge-samples.ts';
import { readModelFile } from '../../src-main/runner/model-file.ts';
import { THREADS } from '../../src-main/runner/session.ts';
import { hasShared, shared } from '../fixtures/shared.ts';

if (!hasShared) process.exit(0);

const GOAL = 90;
const ROUNDS = 5;
/** Decoded tensors have to fit into memory. */
const IMAGES = 100;

const CASES = [
  { name: 'MobileNetV2-7', model: 'imagenet/mobilenetv2-7-fp32', data: 'imagenet300', preprocess: 'imagenet-torchvision-224' },
  { name: 'YOLOX-Nano', model: 'detect/yolox-nano-coco-opset11-fp32', data: 'coco-val-64a', preprocess: 'yolox-416' },
];

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;
const quiet = { signal: new AbortController().signal, progress: { start: () => undefined, step: () => undefined }, log: () => undefined };

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

console.log(`${THREADS} threads, median of ${ROUNDS} rounds; goal: ${GOAL} % of ONNX Runtime alone`);
for (const { name, model, data: folder, preprocess } of CASES) {
  const [file] = judgeAlike([await readModelFile(shared(`models/${model}.onnx`))]) as [JudgedModel];
  const spec: DataSpec = {
    path: shared(`data/${folder}`),
    preprocess: parsePreprocess(readFileSync(shared(`preprocess/${preprocess}.json`), 'utf8'), preprocess),
    seed: 0,
  };
  const data = await openJobData(spec, file.model.graph.inputs);
  await data.sha256;
  const session = await openJudged(file);
  const positions = data.order.slice(0, IMAGES);
  const tensors: Tensor[] = [];
  for (const position of positions) {
    const tensor = createTensor(data.input);
    await data.input.fill(position, tensor.data as InputArray);
    tensors.push(tensor);
  }
  const bare = async () => {
    for (const tensor of tensors) await session.run(tensor);
  };
  await bare();
  const rates = { bare: [] as number[], judged: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.bare.push(positions.length / (await seconds(bare)));
    rates.judged.push(positions.length / (await seconds(() => judgeSamples([{ file, session }], data, positions, quiet))));
  }
  await session.close();
  const [alone, judged] = [median(rates.bare), median(rates.judged)];
  const share = (100 * judged) / alone;
  console.log(
    `${name.padEnd(14)} ${positions.length} images  alone ${alone.toFixed(1)}/s  evaluation ${judged.toFixed(1)}/s  ${share.toFixed(0)} %  ${share >= GOAL ? 'met' : 'missed'}`,
  );
}
