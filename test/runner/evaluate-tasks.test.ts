import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Preprocess } from '../../src-main/contract/preprocess.ts';
import type { EvaluateResult } from '../../src-main/contract/results.ts';
import type { Task } from '../../src-main/contract/task.ts';
import type { Model } from '../../src-main/core/onnx/graph.ts';
import { writeModel } from '../../src-main/core/onnx/write.ts';
import { info, modelOf, node } from '../core/onnx/build.ts';
import { constant } from '../core/quant/build.ts';
import { npy } from '../fixtures/arrays.ts';
import { plain, png, putFiles, temporaryFolder } from '../fixtures/images.ts';
import { failureOf, runJob } from './harness.ts';

const SIDE = 8;
/** Pixels as they are. */
const PREPROCESS: Preprocess = { color: 'RGB', layout: 'NCHW', scale: 1, mean: [0], std: [1], type: 'float32', labelOffset: 0 };
const IMAGE = info('x', [1, 3, SIDE, SIDE]);

function save(folder: string, name: string, model: Model): string {
  const path = join(folder, name);
  writeFileSync(path, writeModel(model));
  return path;
}

/** Always sees these boxes, whatever the image: rows of centre, size, objectness and two classes. */
function detector(rows: number[][]): Model {
  const none = [
    node('ReduceMean', ['x'], ['mean'], { axes: [1, 2, 3], keepdims: 0 }),
    node('Mul', ['mean', 'zero'], ['nothing']),
    node('Add', ['rows', 'nothing'], ['boxes']),
  ];
  const constants = [constant('zero', [1], [0]), constant('rows', [1, rows.length, 7], rows.flat())];
  return modelOf({ nodes: none, inputs: [IMAGE], outputs: [info('boxes', [1, rows.length, 7])], constants });
}

/** Red, green and blue are the scores of three classes; `gain` makes another answer of some. */
function segmenter(gain: number[]): Model {
  return modelOf({ nodes: [node('Mul', ['x', 'gain'], ['y'])], inputs: [IMAGE], outputs: [info('y', [1, 3, SIDE, SIDE])], constants: [constant('gain', [1, 3, 1, 1], gain)] }); // prettier-ignore
}

const evaluate = (data: string, model: string, more: { against?: string; task?: Task; preprocess?: Preprocess } = {}) => {
  const { against, task, preprocess = PREPROCESS } = more;
  return { kind: 'evaluate' as const, model, ...(against ? { against } : {}), data: { path: data, seed: 'none' as const, preprocess, ...(task ? { task } : {}) }, skipSamples: 0 }; // prettier-ignore
};
const codes = ({ warnings }: EvaluateResult) => warnings.map(({ code }) => code);
const YOLOV5: Task = { task: 'detection', decoder: { kind: 'yolov5', normalized: false }, minScore: 0.01, maxOverlap: 0.65, classOffset: 0 };

describe('detection', () => {
  const image = (file: string, boxes: object[]) => ({ file, width: SIDE, height: SIDE, boxes });
  const cat = { class: 0, x1: 1, y1: 1, x2: 5, y2: 5 };
  const dog = { class: 1, x1: 4, y1: 4, x2: 8, y2: 8 };
  const folderOf = async (...images: object[]) =>
    putFiles(temporaryFolder(), {
      'annotations.json': JSON.stringify({ classes: ['cat', 'dog'], images }),
      'a.png': await plain(SIDE, SIDE, [1, 2, 3]),
      'b.png': await plain(SIDE, SIDE, [1, 2, 3]),
    });
  const both = detector([
    [3, 3, 4, 4, 1, 0.9, 0],
    [6, 6, 4, 4, 1, 0, 0.8],
  ]);
  const onlyCat = detector([
    [3, 3, 4, 4, 1, 0.9, 0],
    [6, 6, 4, 4, 0, 0, 0.8],
  ]);

  test('boxes against boxes, and which are lost against float', async () => {
    const folder = await folderOf(image('a.png', [cat, dog]), image('b.png', [cat]));
    const model = save(folder, 'q.onnx', onlyCat);
    const against = save(folder, 'f.onnx', both);
    const { result } = await runJob(evaluate(folder, model, { against, task: YOLOV5 }));
    // Float finds all three, and a dog in b.png that is not there: equally sure, and the true one comes first.
    expect(result.against?.detection).toMatchObject({ ap: 100, objects: 3, images: 2, localisation: { found: 3, iou: 100, offset: 0 } });
    expect(result).toMatchObject({ task: 'detection', labelled: true, top1: null, detection: { ap: 50, ap50: 50 } });
    expect(result.headline).toEqual({ metric: 'mAP', unit: '%', higher: true, value: 50, float: 100 });
    expect(result.damage).toMatchObject({ of: 2, lost: 1, gained: 0, changed: 1 });
    expect(result.damage?.images[0]).toMatchObject({ file: 'a.png', change: 'lost', what: 'lost: dog 0.80' });
    expect(result.outputs).toMatchObject([{ name: 'boxes' }]);
    expect(result.warnings[0]).toMatchObject({ code: 'task-in-force', message: 'Judged as detection, decoder YOLOv5 (boxes in pixels): as it was asked for.' });
  });

  test('images without objects, files that are not there and images that nobody labelled are counted', async () => {
    const folder = await folderOf(image('a.png', []), image('c.png', [cat]));
    const model = save(folder, 'm.onnx', both);
    const { result } = await runJob(evaluate(folder, model, { task: YOLOV5 }));
    expect(codes(result)).toEqual(['data-label-file-missing', 'data-images-unlabelled', 'task-in-force', 'data-empty-truth', 'data-classes-absent', 'data-one-image']); // prettier-ignore
    expect(result).toMatchObject({ images: 1, headline: { value: null }, detection: { ap: null, objects: 0, perClass: [] } });
  });

  test('labels beyond the decoder’s classes, and a decoder that does not fit', async () => {
    const folder = putFiles(temporaryFolder(), {
      'annotations.json': JSON.stringify({ classes: ['a', 'b', 'c'], images: [image('a.png', [{ ...cat, class: 2 }])] }),
      'a.png': await plain(SIDE, SIDE, [1, 2, 3]),
    });
    const model = save(folder, 'm.onnx', both);
    expect(await failureOf(evaluate(folder, model, { task: YOLOV5 }))).toMatchObject({
      code: 'data-class-out-of-range',
      message: expect.stringContaining('a.png has a box of the class 2, and the decoder tells 2 classes apart'),
    });
    const yolox: Task = { ...YOLOV5, decoder: { kind: 'yolox', strides: [8], decoded: false } } as Task;
    writeFileSync(join(folder, 'annotations.json'), JSON.stringify({ classes: ['a'], images: [image('a.png', [cat])] }));
    expect(await failureOf(evaluate(folder, model, { task: yolox }))).toMatchObject({
      code: 'model-mismatch',
      message: expect.stringContaining('needs an output of [1, 1, 5 + classes] (strides 8 on 8×8), and there is "boxes" [1, 2, 7]'),
    });
    // Nothing is guessed that does not fit.
    const { result } = await runJob(evaluate(folder, model));
    expect(result.task).toBe('agreement');
    expect(codes(result)).toContain('labels-unused');
  });
});

describe('segmentation', () => {
  /** The left half red, the right half green. */
  const halves = Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE < SIDE / 2 ? [200, 0, 10] : [0, 200, 10])).flat();
  const gray = (width: number, height: number, values: ArrayLike<number>) => sharp(Uint8Array.from(values), { raw: { width, height, channels: 1 } }).toColourspace('b-w').png().toBuffer(); // prettier-ignore
  const mask = (left: number, right: number, side = SIDE) => gray(side, side, Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? left : right))); // prettier-ignore
  const folderOf = async (files: Record<string, Uint8Array>) => putFiles(temporaryFolder(), { 'images/a.png': await png(SIDE, SIDE, 3, halves), ...files });

  test('classes of pixels against a mask, told from the data alone', async () => {
    const folder = await folderOf({ 'masks/a.png': await mask(0, 1) });
    const model = save(folder, 'q.onnx', segmenter([1, 0.01, 1]));
    const against = save(folder, 'f.onnx', segmenter([1, 1, 1]));
    const { result } = await runJob(evaluate(folder, model, { against }));
    expect(result.against?.segmentation).toMatchObject({ images: 1, pixels: 64, miou: 100, accuracy: 100 });
    // Blue wins the right half: class 0 is whole, 1 is never said, 2 is never there.
    expect(result.segmentation).toMatchObject({ miou: expect.closeTo(100 / 3, 9), accuracy: 50 });
    expect(result.headline).toMatchObject({ metric: 'mIoU', float: 100 });
    expect(result.damage?.images[0]).toMatchObject({ file: 'images/a.png', damage: 0.5, change: 'changed' });
    expect(codes(result)).toEqual(['task-in-force', 'data-classes-absent', 'data-one-image']);
  });

  test('a mask of another size is compared at its own, one of another shape is left out', async () => {
    const folder = await folderOf({ 'masks/a.png': await mask(0, 1, 4), 'images/b.png': await png(SIDE, SIDE, 3, halves), 'masks/b.png': await gray(8, 4, new Uint8Array(32)) }); // prettier-ignore
    const model = save(folder, 'm.onnx', segmenter([1, 1, 1]));
    const { result } = await runJob(evaluate(folder, model));
    expect(result).toMatchObject({ images: 1, segmentation: { pixels: 16, miou: 100 } });
    expect(result.skipped).toEqual([{ file: 'images/b.png', reason: 'its mask has 8×4 pixels and the image 8×8, which is another shape' }]);
    expect(codes(result)).toContain('mask-size');
  });

  test('values that no class has need a mapping', async () => {
    const folder = await folderOf({ 'masks/a.png': await mask(40, 255) });
    const model = save(folder, 'm.onnx', segmenter([1, 1, 1]));
    expect(await failureOf(evaluate(folder, model))).toMatchObject({ code: 'data-class-out-of-range', message: expect.stringContaining('masks/a.png has pixels of the value 40') }); // prettier-ignore
    const task: Task = { task: 'segmentation', ignore: [255], mapping: { 40: 0 } };
    const { result } = await runJob(evaluate(folder, model, { task }));
    expect(result.segmentation).toMatchObject({ pixels: 32, miou: 100 });
  });
});

describe('without labels', () => {
  /** 3 samples of 4 values. */
  const features = () =>
    putFiles(temporaryFolder(), {
      'x.npy': npy(
        '<f4',
        [3, 4],
        Float32Array.from({ length: 12 }, (_, i) => i),
      ),
    });
  const shifted = (by: number, more: string[] = []) =>
    modelOf({
      nodes: [node('Add', ['x', 'by'], ['y']), ...more.map((name) => node('Mul', ['x', 'by'], [name]))],
      inputs: [info('x', [1, 4])],
      outputs: [info('y', [1, 4]), ...more.map((name) => info(name, [1, 4]))],
      constants: [constant('by', [1], [by])],
    });
  const spec = (folder: string, by: number, more: { against?: string; task?: Task } = {}, outputs: string[] = []) => {
    const data = { path: folder, seed: 'none' as const, ...(more.task ? { task: more.task } : {}) };
    return { ...evaluate(folder, save(folder, 'q.onnx', shifted(by, outputs)), more), data };
  };

  test('an output as long as the input is an auto-encoder, whose bias is seen', async () => {
    const folder = features();
    const { result } = await runJob(spec(folder, 0.5, { against: save(folder, 'f.onnx', shifted(0.25)) }));
    expect(result).toMatchObject({ task: 'regression', regression: { target: 'input', mse: 0.25, bias: 0.5, maxAbs: 0.5 }, agreement: null });
    expect(result.headline).toEqual({ metric: 'MSE', unit: '', higher: false, value: 0.25, float: 0.0625 });
    expect(result.outputs).toMatchObject([{ name: 'y', bias: 0.25, mse: 0.0625 }]);
    expect(result.damage).toMatchObject({ of: 3, changed: 3 });
  });

  test('with class scores it is agreement: which answers changed', async () => {
    const folder = features();
    const task: Task = { task: 'classification' };
    const { result } = await runJob(spec(folder, -1, { against: save(folder, 'f.onnx', shifted(1)), task }));
    expect(result).toMatchObject({ agreement: 100, labelled: false, headline: { metric: 'agreement', value: 100 }, damage: { lost: 0 } });
  });

  test('of several outputs the task chooses, and every one is compared', async () => {
    const folder = features();
    const against = save(folder, 'f.onnx', shifted(1, ['z']));
    const task: Task = { task: 'regression', output: 'z', target: 'float' };
    const { result } = await runJob(spec(folder, 2, { against, task }, ['z']));
    expect(result.regression).toMatchObject({ target: 'float', bias: 5.5 });
    expect(result.outputs?.map(({ name }) => name)).toEqual(['y', 'z']);
    expect(codes(result)).toContain('model-many-outputs');
    expect(await failureOf(spec(folder, 2, { task: { task: 'regression', output: 'w', target: 'input' } }, ['z']))).toMatchObject({
      code: 'model-mismatch',
      message: 'The task asks for the output "w", and the model has no such output; it has "y", "z".',
    });
  });

  test('a task.json beside the data is in force, and a bad one is refused', async () => {
    const folder = features();
    writeFileSync(join(folder, 'task.json'), '{"task": "regression", "target": "input", "output": "y"}');
    const { result } = await runJob(spec(folder, 1));
    expect(result.warnings[0]?.message).toBe('Judged as regression: as task.json beside the data says.');
    writeFileSync(join(folder, 'task.json'), '{"task": "regress"}');
    expect(await failureOf(spec(folder, 1))).toMatchObject({ code: 'task-invalid' });
  });

  test('NaN names the model and the sample', async () => {
    const folder = features();
    const model = modelOf({ nodes: [node('Sub', ['x', 'five'], ['d']), node('Sqrt', ['d'], ['y'])], inputs: [info('x', [1, 4])], outputs: [info('y', [1, 4])], constants: [constant('five', [1], [5])] }); // prettier-ignore
    save(folder, 'q.onnx', model);
    const data = { path: folder, seed: 'none' as const };
    expect(await failureOf({ ...evaluate(folder, join(folder, 'q.onnx')), data })).toMatchObject({ code: 'data-not-finite', message: expect.stringMatching(/q\.onnx.*x\.npy#0/) }); // prettier-ignore
  });
});
