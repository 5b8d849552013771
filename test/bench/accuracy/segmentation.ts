import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { parsePreprocess } from '../../../src-main/core/data/data-files.ts';
import { createSegmentationMeter, topClasses } from '../../../src-main/core/metrics/segmentation.ts';
import { shared } from '../../fixtures/shared.ts';
import { halves, readCoco, vocOfCoco } from './coco.ts';
import { infer } from './infer.ts';
import { quantize } from './jobs.ts';
import type { Result } from './result.ts';

const MODEL = shared('models/segment/deeplabv3-mnv2-voc-opset13-fp32.onnx');
const PREPROCESS = parsePreprocess(readFileSync(shared('preprocess/deeplab-513.json'), 'utf8'), 'deeplab-513.json');
const SIDE = 513;
const IGNORE = 255;

/** mIoU of DeepLabV3 on the images that have a mask, at the mask's own size, each judged by the model that it did not calibrate. */
export async function measureDeepLab(changes: Partial<Recipe>): Promise<Result> {
  const { images } = readCoco();
  const voc = vocOfCoco();
  const meters = [0, 1].map(() => createSegmentationMeter({ classes: voc.classes.length, ignore: IGNORE, names: voc.classes }));
  for (const { folder, others, othersFolder } of halves(images)) {
    const quantized = await quantize(MODEL, { path: folder, preprocess: PREPROCESS, seed: 0 }, changes);
    await infer([MODEL, quantized], othersFolder, PREPROCESS, async (file, outputs) => {
      const path = others.find((one) => one.file === file)?.mask;
      if (!path) return;
      const { data, info } = await sharp(path).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
      const truth = Uint8Array.from(data, (id) => voc.ids[id] as number);
      outputs.forEach((output, i) => meters[i]?.add(atSizeOf(topClasses(output, voc.classes.length), info), truth));
    });
  }
  const [float, quantized] = meters.map((meter) => meter.finish());
  return {
    float: float?.miou ?? NaN,
    quantized: quantized?.miou ?? NaN,
    counts: `${float?.images} images, ${float?.perClass.length} classes; pixels right ${float?.accuracy?.toFixed(2)} → ${quantized?.accuracy?.toFixed(2)} % of ${((float?.pixels ?? 0) / 1e6).toFixed(1)} million`,
    oneImage: null,
  };
}

/** The answer's nearest pixel for every pixel of the mask. */
function atSizeOf(top: Uint16Array, { width, height }: { width: number; height: number }): Uint16Array {
  const columns = Uint32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * SIDE) / width));
  const result = new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * SIDE) / height) * SIDE;
    for (let x = 0; x < width; x++) result[y * width + x] = top[row + (columns[x] as number)] as number;
  }
  return result;
}
