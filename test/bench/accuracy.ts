/**
 * Accuracy of float against INT8 on the images that did not calibrate, for each model with labelled data, as the product computes it. MobileNetV2-7 with
 * several seeds and both range methods, because one seed on 200 images says little: its INT8 answers flip with rounding errors in the last place.
 * Run: node test/bench/accuracy.ts
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { forkRunner, runOnce } from '../../src-main/app/index.ts';
import type { DataSpec } from '../../src-main/contract/data.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../src-main/contract/recipe.ts';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import { hasShared, shared } from '../fixtures/shared.ts';

const root = resolve(import.meta.dirname, '../..');
const spawn = forkRunner(join(root, 'src-main/runner/main.ts'));
const folder = mkdtempSync(join(tmpdir(), 'calibrant-bench-'));

const percent = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(1));

/** Quantizes on the first images of the seed's order, and judges both models on the rest. */
async function compare(label: string, model: string, path: string, preprocess: string | null, changes: Partial<Recipe> = {}): Promise<number | null> {
  const recipe: Recipe = { ...DEFAULT_RECIPE, ...changes };
  const data: DataSpec = { path, seed: recipe.seed, ...(preprocess ? { preprocess: parsePreprocess(readFileSync(preprocess, 'utf8'), preprocess) } : {}) };
  const output = join(folder, 'int8.onnx');
  const quantized = await runOnce(spawn, { kind: 'quantize', model, data, recipe, output });
  const result = await runOnce(spawn, { kind: 'evaluate', model: output, against: model, data, skipSamples: recipe.samples });
  const drop = result.delta?.top1 ?? null;
  const sqnr = result.outputError?.sqnrDb?.toFixed(1) ?? '–';
  const size = `${(quantized.sizeBytes.float / 1e6).toFixed(2)} → ${(quantized.sizeBytes.quantized / 1e6).toFixed(2)} MB`;
  console.log(
    `${label.padEnd(44)} float ${percent(result.against?.top1).padStart(5)} %  INT8 ${percent(result.top1).padStart(5)} % of ${result.images}` +
      `  same answer ${percent(result.agreement)} %  SQNR ${sqnr} dB  ${size}`,
  );
  return drop;
}

const mean = (values: (number | null)[]): string => (values.reduce<number>((sum, value) => sum + (value ?? NaN), 0) / values.length).toFixed(2);

try {
  await compare('bundled sample', join(root, 'resources/sample/model.onnx'), join(root, 'resources/sample/images'), null);
  await compare('bundled sample, per-tensor', join(root, 'resources/sample/model.onnx'), join(root, 'resources/sample/images'), null, {
    granularity: 'per-tensor',
  });
  if (hasShared) {
    const model = (name: string): string => shared('models', `${name}.onnx`);
    const data = (name: string): string => shared('data', name);
    const pre = (name: string): string => shared('preprocess', `${name}.json`);
    await compare('ResNet-20 CIFAR-10', model('cifar10/resnet20-cifar10-bn-opset9-fp32'), data('cifar10-jpeg500'), pre('cifar10-normalized'));
    await compare('LeNet MNIST', model('mnist/lenet-mnist-opset11-fp32'), data('mnist2000'), pre('mnist-unit'));
    await compare('SqueezeNet 1.1', model('imagenet/squeezenet1.1-opset7-fp32'), data('imagenet300'), pre('imagenet-torchvision-224'));
    const tf2 = [model('imagenet/mobilenetv2-1.0-tf2-dequant-fp32'), data('imagenet300'), pre('imagenet-tf2-224')] as const;
    await compare('MobileNetV2 TF2, per-tensor', ...tf2, { granularity: 'per-tensor' });
    const onnxZoo = [model('imagenet/mobilenetv2-7-fp32'), data('imagenet300'), pre('imagenet-torchvision-224')] as const;
    for (const [name, files] of [
      ['MobileNetV2 TF2', tf2],
      ['MobileNetV2-7', onnxZoo],
    ] as const) {
      for (const range of ['minmax', 'mse'] as const) {
        const drops: (number | null)[] = [];
        for (const seed of [0, 1, 2, 3, 4, 5]) drops.push(await compare(`${name}, ${range}, seed ${seed}`, ...files, { range, seed }));
        console.log(`${name}, ${range}: mean change of top-1 over the seeds ${mean(drops)} points`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
