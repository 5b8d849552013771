import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { DataSpec } from '../../src-main/contract/data.ts';
import type { ErrorCode } from '../../src-main/contract/errors.ts';
import type { Preprocess } from '../../src-main/contract/preprocess.ts';
import { parsePreprocess } from '../../src-main/core/data/data-files.ts';
import { hasShared, shared } from '../fixtures/shared.ts';
import { failureOf, recipe, runJob } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'calibrant-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const preprocess = (name: string): Preprocess => parsePreprocess(readFileSync(shared('preprocess', `${name}.json`), 'utf8'), name);
const images = (data: string, name: string): DataSpec => ({ path: shared('data', data), preprocess: preprocess(name), seed: 0 });

/** Keyword features and a machine's spectrogram as folders with `features.json`. */
function features(name: string, file: string, spec: object, labels?: readonly number[]): DataSpec {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  copyFileSync(shared('data', file), join(path, 'x.bin'));
  writeFileSync(join(path, 'features.json'), JSON.stringify(spec));
  if (labels) writeFileSync(join(path, 'labels.csv'), `file,class_index\n${labels.map((label, i) => `x.bin#${i},${label}`).join('\n')}`);
  return { path, seed: 0 };
}

const FEEDS = {
  torchvision: () => images('imagenet300', 'imagenet-torchvision-224'),
  tf2: () => images('imagenet300', 'imagenet-tf2-224'),
  tf1: () => images('imagenet300', 'imagenet-tf1-128-nhwc'),
  cifar: () => images('cifar10-jpeg500', 'cifar10-normalized'),
  cifarRaw: () => images('cifar10-jpeg500', 'cifar10-raw-nhwc'),
  mnist: () => images('mnist2000', 'mnist-unit'),
  mnistRaw: () => images('mnist2000', 'mnist-raw'),
  faces: () => images('coco-val-64a/images', 'ultraface-320x240'),
  yolox: () => images('coco-val-64a/images', 'yolox-416'),
  voc: () => images('coco-val-64a/images', 'deeplab-513'),
  vww: () => images('coco-val-64a/images', 'vww-96-nhwc'),
  words: () => {
    const { labels } = JSON.parse(readFileSync(shared('data/kws500a/labels.json'), 'utf8')) as { labels: number[] };
    return features('words', 'kws500a/mfcc_int8_49x10.bin', { type: 'int8', shape: [49, 10], scale: 0.5847029089927673, zeroPoint: 83 }, labels);
  },
  sounds: () => features('sounds', 'samples/ad01_normal_id_01_00000000_hist_librosa.f32.bin', { type: 'float32', shape: [640] }),
};
type Feed = keyof typeof FEEDS;

describe.skipIf(!hasShared)('every model at hand', () => {
  const passing: [file: string, feed: Feed][] = [
    ['imagenet/mobilenetv2-7-fp32', 'torchvision'],
    ['imagenet/mobilenetv2-1.0-tf2-dequant-fp32', 'tf2'],
    ['imagenet/mobilenetv1-0.25-128-qat-dequant-fp32', 'tf1'],
    ['imagenet/squeezenet1.1-opset7-fp32', 'torchvision'],
    ['cifar10/resnet20-cifar10-bn-opset9-fp32', 'cifar'],
    ['cifar10/resnet32-cifar10-opset17-fp32', 'cifar'],
    ['cifar10/resnet8-cifar10-fp32', 'cifarRaw'],
    ['odd/resnet20-cifar10-external-data', 'cifar'],
    ['mnist/lenet-mnist-opset11-fp32', 'mnist'],
    ['mnist/cntk-mnist-opset8-fp32', 'mnistRaw'],
    ['kws/dscnn-kws-fp32', 'words'],
    ['mlp/autoencoder-mlp-ad01-fp32', 'sounds'],
    ['vww/mobilenetv1-0.25-vww96-fp32', 'vww'],
    ['detect/ultraface-rfb-320-opset9-fp32', 'faces'],
    ['odd/ultraface-slim-320-simplified-opset9', 'faces'],
    ['detect/yolox-nano-coco-opset11-fp32', 'yolox'],
    ['segment/deeplabv3-mnv2-voc-opset13-fp32', 'voc'],
  ];
  test.each(passing)('%s is quantized', async (file, feed) => {
    const { result } = await runJob({
      kind: 'quantize',
      model: shared('models', `${file}.onnx`),
      data: FEEDS[feed](),
      recipe: recipe({ samples: 3 }),
      output: join(folder, 'out.onnx'),
    });
    expect(result.images).toBe(3);
    expect(result.nodes.integer).toBeGreaterThan(5);
    expect(result.nodes.integer).toBeGreaterThan(10 * result.nodes.float);
    expect(result.sizeBytes.quantized).toBeLessThan(0.65 * result.sizeBytes.float);
  });

  const refused: [file: string, code: ErrorCode, words: string][] = [
    ['imagenet/mobilenetv1-0.25-128-qat-uint8-qdq.onnx', 'model-already-quantized', 'node '],
    ['imagenet/mobilenetv2-7-found-static-qdq-int8.onnx', 'model-already-quantized', 'node '],
    ['cifar10/resnet8-cifar10-int8-tflite-qdq.onnx', 'model-already-quantized', 'node '],
    ['odd/resnet8-cifar10-ort-qdq-s8s8-perchannel.onnx', 'model-already-quantized', 'node '],
    ['odd/resnet8-cifar10-ort-qoperator-u8s8.onnx', 'model-already-quantized', 'QOperator'],
    ['odd/autoencoder-mlp-ad01-ort-dynamic-u8.onnx', 'model-already-quantized', 'dynamic'],
    ['kws/dscnn-kws-int8-tflite-qdq.onnx', 'model-already-quantized', 'node '],
    ['mlp/autoencoder-mlp-ad01-int8-tflite-qdq.onnx', 'model-already-quantized', 'node '],
    ['vww/mobilenetv1-0.25-vww96-int8-tflite-qdq.onnx', 'model-already-quantized', 'node '],
    ['odd/resnet20-cifar10-fp16.onnx', 'model-unsupported-type', 'float16'],
    ['odd/superresolution-extensions-opset18.onnx', 'model-unknown-domain', 'DecodeImage'],
    ['odd/matmul-no-weights-opset9.onnx', 'model-input-not-image', '2 inputs (a, b)'],
    ['tflite/pretrainedResnet.tflite', 'model-not-onnx', 'TensorFlow Lite'],
  ];
  test.each(refused)('%s is refused in one sentence', async (file, code, words) => {
    const error = await failureOf({
      kind: 'quantize',
      model: shared('models', file),
      data: FEEDS.cifar(),
      recipe: recipe({ samples: 3 }),
      output: join(folder, 'none.onnx'),
    });
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^[^\n]{20,300}[.]$/) });
    expect(error.message).toContain(words);
  });
});

// The accuracies that the models' manifest states, measured with Python (PIL, ONNX Runtime); resizing differs in the last bit.
describe.skipIf(!hasShared)('float accuracy', () => {
  const known: [file: string, feed: Feed, top1: number, within: number, top5: number | null][] = [
    ['imagenet/mobilenetv2-7-fp32', 'torchvision', 85, 1, 96.67],
    ['imagenet/mobilenetv2-1.0-tf2-dequant-fp32', 'tf2', 87, 1, 98],
    ['imagenet/squeezenet1.1-opset7-fp32', 'torchvision', 60, 1, 83.67],
    ['cifar10/resnet20-cifar10-bn-opset9-fp32', 'cifar', 79.8, 0.1, null],
    ['mnist/lenet-mnist-opset11-fp32', 'mnist', 98.5, 0.01, null],
    ['kws/dscnn-kws-fp32', 'words', 90.6, 0.3, null],
  ];
  test.each(known)('%s', async (file, feed, top1, within, top5) => {
    const { result } = await runJob({ kind: 'evaluate', model: shared('models', `${file}.onnx`), data: FEEDS[feed](), skipSamples: 0 });
    expect(Math.abs((result.top1 ?? 0) - top1)).toBeLessThanOrEqual(within);
    if (top5 !== null) expect(Math.abs((result.top5 ?? 0) - top5)).toBeLessThanOrEqual(1);
  });
});
