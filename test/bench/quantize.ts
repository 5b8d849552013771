/**
 * Statistics and quantization of MobileNetV2 against plain float inference, and the memory for 100 and 300 images. Each job runs in a runner process of
 * its own, as in the product; plain inference is measured before and after it, since the machine may have other work. Run: node test/bench/quantize.ts
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import * as v from 'valibot';
import { FromRunnerSchema, type JobSpec } from '../../src-main/contract/jobs.ts';
import { DEFAULT_RECIPE } from '../../src-main/contract/recipe.ts';
import { QuantizeResultSchema, type QuantizeResult } from '../../src-main/contract/results.ts';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import { createTensor } from '../../src-main/runner/feed.ts';
import { hasShared, shared } from '../fixtures/shared.ts';

if (!hasShared) process.exit(0);

const MODEL = shared('models/imagenet/mobilenetv2-7-fp32.onnx');
const DATA = {
  path: shared('data/imagenet300'),
  preprocess: parsePreprocess(readFileSync(shared('preprocess/imagenet-torchvision-224.json'), 'utf8'), 'preprocessing'),
  seed: 0,
};
const INFERENCES = 100;

/** Seconds of 100 inferences on one image that is already a tensor, with ONNX Runtime as it comes: what a user's own loop would take. */
async function plainInferences(): Promise<number> {
  const session = await InferenceSession.create(MODEL);
  const image = { input: createTensor({ type: 'float32', shape: [1, 3, 224, 224] }) };
  for (let i = 0; i < 10; i += 1) await session.run(image);
  const start = performance.now();
  for (let i = 0; i < INFERENCES; i += 1) await session.run(image);
  const seconds = (performance.now() - start) / 1000;
  await session.release();
  return seconds;
}

function quantize(samples: number, output: string): Promise<QuantizeResult> {
  const job: JobSpec = { kind: 'quantize', model: MODEL, data: DATA, recipe: { ...DEFAULT_RECIPE, samples }, output };
  return new Promise((done, failed) => {
    const runner = fork(resolve(import.meta.dirname, '../../src-main/runner/main.ts'), [], { serialization: 'advanced', execArgv: [] });
    runner.on('message', (raw) => {
      const message = v.parse(FromRunnerSchema, raw);
      if (message.type === 'done') done(v.parse(QuantizeResultSchema, message.result));
      if (message.type === 'failed') failed(new Error(message.error.message));
    });
    runner.on('exit', () => failed(new Error('The runner ended.')));
    runner.send({ type: 'start', job });
  });
}

const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));
try {
  const rows = [];
  for (const samples of [100, 300]) {
    const before = await plainInferences();
    const { seconds, peakRssBytes, images } = await quantize(samples, join(folder, `${samples}.onnx`));
    const plain = ((before + (await plainInferences())) / 2 / INFERENCES) * images;
    const work = seconds.statistics + seconds.parameters + seconds.emit;
    rows.push({
      images,
      'statistics s': seconds.statistics.toFixed(2),
      'parameters s': seconds.parameters.toFixed(2),
      'emit s': seconds.emit.toFixed(2),
      'plain inferences s': plain.toFixed(2),
      'times plain': (work / plain).toFixed(1),
      'peak MB': (peakRssBytes / 1e6).toFixed(0),
    });
  }
  console.table(rows);
  const [few, many] = rows.map((row) => Number(row['peak MB'])) as [number, number];
  console.log(`Goals: at most 7 times plain, at most 600 MB, and 300 images within 10 % of 100 (here ${(100 * (many / few - 1)).toFixed(1)} %).`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
