import * as v from 'valibot';
import type { DataItem } from '../../contract/data.ts';
import { CalibrantError } from '../../contract/errors.ts';
import { issueText } from '../../contract/issues.ts';
import type { Size } from './geometry.ts';
import { relativePath } from './labels.ts';

type LabelledBox = NonNullable<DataItem['boxes']>[number];

export interface AnnotatedImage {
  /** As the labels name it, `/` between parts. */
  file: string;
  boxes: LabelledBox[];
  /** Path of its mask; only the simple form has one. */
  mask?: string;
}

/** What a file of boxes says. The counts are of boxes that had to be changed or left out. */
export interface Annotations {
  images: AnnotatedImage[];
  /** By contiguous class index. */
  classes: string[];
  /** Cut to their image. */
  clipped: number;
  /** Images with boxes that lie wholly outside; those are left out. */
  outside: string[];
  /** Left out: without any area. */
  empty: number;
}

const whole = v.pipe(v.number(), v.integer());
const positive = v.pipe(v.number(), v.minValue(1));
const finite = v.pipe(v.number(), v.finite());

const CocoSchema = v.object({
  images: v.array(v.object({ id: v.union([whole, v.string()]), file_name: v.string(), width: v.optional(positive), height: v.optional(positive) })),
  annotations: v.array(
    v.object({
      image_id: v.union([whole, v.string()]),
      category_id: whole,
      bbox: v.optional(v.tuple([finite, finite, finite, finite])),
      iscrowd: v.optional(v.union([v.boolean(), v.number()])),
      area: v.optional(finite),
    }),
  ),
  categories: v.array(v.object({ id: whole, name: v.optional(v.string()) })),
});

const SimpleSchema = v.object({
  classes: v.array(v.string()),
  images: v.array(
    v.object({
      file: v.string(),
      width: v.optional(positive),
      height: v.optional(positive),
      mask: v.nullish(v.string()),
      boxes: v.optional(v.array(v.object({ class: v.pipe(whole, v.minValue(0)), x1: finite, y1: finite, x2: finite, y2: finite }))),
    }),
  ),
});

/**
 * Boxes of COCO JSON (`images`, `annotations`, `categories`; category ids become classes in order of id), or of the simple form
 * `{classes, images: [{file, width, height, mask, boxes: [{class, x1, y1, x2, y2}]}]}`. Throws `data-labels-invalid`.
 */
export function parseAnnotations(text: string, where: string): Annotations {
  const fail = (reason: string, cause?: unknown): CalibrantError =>
    new CalibrantError('data-labels-invalid', `The labels of ${where} cannot be read: ${reason}.`, undefined, cause);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw fail('it is not valid JSON', cause);
  }
  const isCoco = value !== null && typeof value === 'object' && 'annotations' in value;
  const parsed = isCoco ? v.safeParse(CocoSchema, value) : v.safeParse(SimpleSchema, value);
  if (!parsed.success) {
    throw fail(`${issueText(parsed.issues[0])}; it must be COCO (images, annotations, categories), or have classes and images with boxes`);
  }
  return 'annotations' in parsed.output ? fromCoco(parsed.output, fail) : fromSimple(parsed.output, fail);
}

type Fail = (reason: string) => CalibrantError;

function fromCoco({ images, annotations, categories }: v.InferOutput<typeof CocoSchema>, fail: Fail): Annotations {
  const sorted = categories.toSorted((a, b) => a.id - b.id);
  const classOf = new Map(sorted.map(({ id }, i) => [id, i]));
  if (classOf.size < sorted.length) throw fail('two categories have the same id');
  const boxesOf = new Map<string, LabelledBox[]>(images.map(({ id }) => [String(id), []]));
  if (boxesOf.size < images.length) throw fail('two images have the same id');
  for (const { image_id: image, category_id: category, bbox, iscrowd, area } of annotations) {
    const index = classOf.get(category);
    const boxes = boxesOf.get(String(image));
    if (!boxes) throw fail(`an annotation is of the image ${image}, which "images" does not name`);
    if (index === undefined) throw fail(`an annotation is of the category ${category}, which "categories" does not name`);
    if (!bbox) continue;
    const [x, y, width, height] = bbox;
    boxes.push({ class: index, x, y, width, height, ...(iscrowd ? { crowd: true } : {}), ...(area === undefined ? {} : { area }) });
  }
  const named = images.map(({ id, file_name: file, width, height }) => ({ file, size: sizeOf(width, height), boxes: boxesOf.get(String(id)) ?? [] }));
  return checked(named, sorted.map(({ id, name }) => name ?? String(id)), fail); // prettier-ignore
}

function fromSimple({ classes, images }: v.InferOutput<typeof SimpleSchema>, fail: Fail): Annotations {
  const named = images.map(({ file, width, height, mask, boxes = [] }) => ({
    file,
    size: sizeOf(width, height),
    ...(mask ? { mask } : {}),
    boxes: boxes.map(({ class: index, x1, y1, x2, y2 }): LabelledBox => {
      if (index >= classes.length) throw fail(`a box of ${file} has the class ${index}, and there are ${classes.length} classes`);
      return { class: index, x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
    }),
  }));
  return checked(named, classes, fail);
}

function sizeOf(width: number | undefined, height: number | undefined): Size | null {
  return width === undefined || height === undefined ? null : { width, height };
}

function checked(images: readonly (AnnotatedImage & { size: Size | null })[], classes: string[], fail: Fail): Annotations {
  const result: Annotations = { images: [], classes, clipped: 0, outside: [], empty: 0 };
  const seen = new Set<string>();
  for (const { file, size, boxes, mask } of images) {
    const path = relativePath(file);
    if (path === null) throw fail(`it names "${file}", which is not a path inside the folder`);
    if (seen.has(path)) throw fail(`it names "${path}" a second time`);
    seen.add(path);
    const maskPath = mask === undefined ? null : relativePath(mask);
    if (mask !== undefined && maskPath === null) throw fail(`it names the mask "${mask}", which is not a path inside the folder`);
    const kept = boxes.flatMap((box) => {
      if (!(box.width > 0 && box.height > 0)) {
        result.empty += 1;
        return [];
      }
      const inside = size ? clip(box, size) : box;
      if (inside === null) {
        if (result.outside.at(-1) !== path) result.outside.push(path);
        return [];
      }
      if (inside !== box) result.clipped += 1;
      return [inside];
    });
    result.images.push({ file: path, boxes: kept, ...(maskPath === null ? {} : { mask: maskPath }) });
  }
  return result;
}

/** Labels are often rounded to whole pixels, so a box may reach over its image by less than one. */
const TOLERANCE = 1;

/** The box itself where it is inside, what of it is inside otherwise, and null where nothing is. */
function clip(box: LabelledBox, { width, height }: Size): LabelledBox | null {
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  if (box.x >= -TOLERANCE && box.y >= -TOLERANCE && right <= width + TOLERANCE && bottom <= height + TOLERANCE) {
    return box.x < width && box.y < height && right > 0 && bottom > 0 ? box : null;
  }
  const [x, y] = [Math.max(0, box.x), Math.max(0, box.y)];
  const inside = { ...box, x, y, width: Math.min(width, right) - x, height: Math.min(height, bottom) - y };
  // The object's own area was that of all of it.
  delete inside.area;
  return inside.width > 0 && inside.height > 0 ? inside : null;
}
