import { readFileSync } from 'node:fs';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { parsePreprocess } from '../../../src-main/core/data/data-files.ts';
import { planGeometry } from '../../../src-main/core/data/geometry.ts';
import { suppress } from '../../../src-main/core/detect/suppress.ts';
import { toImage } from '../../../src-main/core/detect/to-image.ts';
import { decodeYolox } from '../../../src-main/core/detect/yolox.ts';
import { createDetectionMeter } from '../../../src-main/core/metrics/detection.ts';
import { shared } from '../../fixtures/shared.ts';
import { halves, readCoco } from './coco.ts';
import { infer } from './infer.ts';
import { quantize } from './jobs.ts';
import type { Result } from './result.ts';

const MODEL = shared('models/detect/yolox-nano-coco-opset11-fp32.onnx');
const PREPROCESS = parsePreprocess(readFileSync(shared('preprocess/yolox-416.json'), 'utf8'), 'yolox-416.json');
const HEAD = { input: { width: 416, height: 416 }, strides: [8, 16, 32] };
/** Cells of the three grids, and what each of them says of 80 classes. */
const DIMS = [1, 3549, 85];
/** As the model's authors evaluate it: low enough for the whole curve. */
const MIN_SCORE = 0.01;
const MAX_OVERLAP = 0.65;

/** mAP of YOLOX-Nano over all images, each judged by the model that it did not calibrate. */
export async function measureYolox(changes: Partial<Recipe>): Promise<Result> {
  const { images, classes } = readCoco();
  const meters = [createDetectionMeter(classes), createDetectionMeter(classes)];
  for (const { folder, others, othersFolder } of halves(images)) {
    const quantized = await quantize(MODEL, { path: folder, preprocess: PREPROCESS, seed: 0 }, changes);
    await infer([MODEL, quantized], othersFolder, PREPROCESS, (file, outputs) => {
      const image = others.find((one) => one.file === file);
      if (!image) throw new Error(`${file} is not annotated`);
      const geometry = planGeometry(image, PREPROCESS);
      outputs.forEach((output, i) => {
        const found = suppress(decodeYolox({ name: 'output', dims: DIMS, values: output }, HEAD, MIN_SCORE), MAX_OVERLAP);
        meters[i]?.add(image.truth, found.map((one) => toImage(one, geometry, image))); // prettier-ignore
      });
    });
  }
  const [float, quantized] = meters.map((meter) => meter.finish());
  const ap = (value: number | null | undefined): string => value?.toFixed(1) ?? '–';
  return {
    float: float?.ap ?? NaN,
    quantized: quantized?.ap ?? NaN,
    counts: `${float?.images} images, ${float?.objects} objects; AP50 ${ap(float?.ap50)} → ${ap(quantized?.ap50)}`,
    oneImage: null,
  };
}
