/**
 * What advice is worth: each item with a button of a run's advice, tried one by one as from that run, beside the run itself.
 * Run: node test/bench/advice.ts
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';
import type { RunResult } from '../../src-main/contract/results.ts';
import { realApp } from '../fixtures/real-app.ts';
import { hasShared, shared } from '../fixtures/shared.ts';

if (!hasShared) process.exit(0);

const SAMPLES = 16;
const CASES: readonly { name: string; model: string; data: string; labels: string; preprocess: string; recipe: Partial<Recipe> }[] = [
  { name: 'YOLOX-Nano', model: 'detect/yolox-nano-coco-opset11-fp32', data: 'coco-val-64a', labels: 'annotations.json', preprocess: 'yolox-416', recipe: {} },
  { name: 'MobileNetV2-7', model: 'imagenet/mobilenetv2-7-fp32', data: 'imagenet300', labels: 'labels.csv', preprocess: 'imagenet-torchvision-224', recipe: {} },
  { name: 'MobileNetV2 (TF2) per tensor', model: 'imagenet/mobilenetv2-1.0-tf2-dequant-fp32', data: 'imagenet300', labels: 'labels.csv', preprocess: 'imagenet-tf2-224', recipe: { granularity: 'per-tensor' } },
]; // prettier-ignore

const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));
const { app, call, ended } = await realApp(join(folder, 'home'));

/** The images with these labels only: a folder of the reference data has several kinds. */
function dataOf({ data, labels, preprocess }: (typeof CASES)[number]): string {
  const path = join(folder, preprocess);
  mkdirSync(path);
  for (const part of ['images', labels]) cpSync(shared('data', data, part), join(path, part), { recursive: true });
  cpSync(shared(`preprocess/${preprocess}.json`), join(path, 'preprocess.json'));
  return path;
}

async function finish(started: { job: { id: string }; run: { id: string } }) {
  const { state, error } = await ended(started.job.id);
  if (state !== 'done') throw new Error(`The run ended as ${state}: ${error?.message ?? ''}`);
  return call('runs.get', { runId: started.run.id });
}

const points = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(1));
const scoreOf = (result: RunResult | null): number | null => result?.evaluate.headline?.value ?? null;

try {
  for (const one of CASES) {
    const { id: projectId } = await call('projects.create', { name: one.name });
    await call('models.add', { projectId, path: shared(`models/${one.model}.onnx`) });
    await call('datasets.add', { projectId, path: dataOf(one) });
    const base = await finish(await call('runs.start', { projectId, recipe: { ...DEFAULT_RECIPE, samples: SAMPLES, ...one.recipe } }));
    const { evaluate } = base.result as RunResult;
    console.log(
      `\n${one.name}: ${evaluate.headline?.metric ?? ''} float ${points(evaluate.headline?.float)}, quantized ${points(scoreOf(base.result))} of ${evaluate.images} images`,
    );
    const rows = [];
    for (const { id, gain, title, recipe } of base.advice ?? []) {
      if (!recipe) continue;
      const { result } = await finish(await call('runs.start', { projectId, recipe, from: { runId: base.row.id, adviceId: id } }));
      const score = scoreOf(result);
      rows.push({
        gain,
        title: title.slice(0, 60),
        score: points(score),
        change: points(score === null ? null : score - (scoreOf(base.result) ?? NaN)),
        images: result?.evaluate.images,
      });
    }
    console.table(rows);
  }
} finally {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
}
