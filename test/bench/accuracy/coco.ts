import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import type { Truth } from '../../../src-main/core/detect/box.ts';
import { shared } from '../../fixtures/shared.ts';
import { scratch } from './jobs.ts';

const FOLDER = shared('data/coco-val-64a');

const AnnotationsSchema = v.object({
  classes: v.array(v.string()),
  images: v.array(
    v.object({
      file: v.string(),
      width: v.number(),
      height: v.number(),
      mask: v.nullish(v.string()),
      boxes: v.array(v.object({ class: v.number(), x1: v.number(), y1: v.number(), x2: v.number(), y2: v.number() })),
    }),
  ),
});
const SegmentationSchema = v.object({ coco_to_voc: v.record(v.string(), v.number()), voc_classes: v.array(v.string()) });

export interface CocoImage {
  /** File name inside a half's folder. */
  file: string;
  width: number;
  height: number;
  truth: Truth[];
  /** Path of the PNG of COCO's panoptic ids, if there is one. */
  mask: string | null;
}

/** One half of the images in a folder of its own, and the other half, on which a model calibrated here may be judged. */
export interface Half {
  folder: string;
  others: CocoImage[];
  othersFolder: string;
}

export function readCoco(): { images: CocoImage[]; classes: string[] } {
  const { images, classes } = v.parse(AnnotationsSchema, readJson('annotations.json'));
  return {
    classes,
    images: images.map(({ file, width, height, mask, boxes }) => ({
      file: basename(file),
      width,
      height,
      truth: boxes.map((box) => ({ class: box.class, x: box.x1, y: box.y1, width: box.x2 - box.x1, height: box.y2 - box.y1 })),
      mask: mask ? join(FOLDER, mask) : null,
    })),
  };
}

/** By COCO id: the VOC class, 0 (background) where VOC has no such class, 255 for COCO's 0 (unlabelled). */
export function vocOfCoco(): { classes: string[]; ids: Uint8Array } {
  const { coco_to_voc: map, voc_classes: classes } = v.parse(SegmentationSchema, readJson('segmentation.json'));
  const ids = new Uint8Array(256);
  ids[0] = 255;
  for (const [coco, voc] of Object.entries(map)) ids[Number(coco)] = voc;
  return { classes, ids };
}

/** Every second image, and the rest: each half judges the model that the other calibrated, so all 64 count and none judges its own calibration. */
export function halves(images: readonly CocoImage[]): [Half, Half] {
  const folders = ['coco-a', 'coco-b'].map((name) => join(scratch, name)) as [string, string];
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  images.forEach(({ file }, i) => copyFileSync(join(FOLDER, 'images', file), join(folders[i % 2 === 0 ? 0 : 1], file)));
  const half = (odd: number): CocoImage[] => images.filter((_, i) => i % 2 === odd);
  return [
    { folder: folders[0], others: half(1), othersFolder: folders[1] },
    { folder: folders[1], others: half(0), othersFolder: folders[0] },
  ];
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
}
