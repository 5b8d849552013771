import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { PreprocessSchema } from '../../src-main/contract/preprocess.ts';
import { TaskSchema } from '../../src-main/contract/task.ts';
import type { JobData } from '../../src-main/runner/job-data.ts';
import { NO_CLASS, seenBy, truthBoxes, truthMask } from '../../src-main/runner/questions/seen-by.ts';

const preprocess = v.parse(PreprocessSchema, { color: 'RGB', layout: 'NCHW', resize: { width: 8, height: 8 }, labelOffset: 1 });
const data = { classes: ['cat', 'dog', 'bird'], input: { shape: [1, 3, 8, 8], preprocess, labelOffset: 1 } } as unknown as Pick<JobData, 'classes' | 'input'>;
const image = { width: 16, height: 8 };
const output = (name: string, dims: number[], values: number[]) => ({ name, dims, values: Float32Array.from(values) });

describe('what two models say of one image', () => {
  it('are probabilities of classes, with names by label', () => {
    const task = v.parse(TaskSchema, { task: 'classification' });
    // Logits: softmax of 0, ln 2, 0, ln 5 is 1/9, 2/9, 1/9, 5/9. Labels count from 1 in the outputs.
    const logits = output('y', [1, 4], [0, Math.log(2), 0, Math.log(5)]);
    const { float, quantized } = seenBy(task, data, image, [logits], [output('y', [1, 4], [9, 0, 0, 0])]);
    expect(float.top?.map(({ class: at, name }) => [at, name])).toEqual([[3, 'bird'], [1, 'cat'], [0, null], [2, 'dog']]); // prettier-ignore
    expect(float.top?.[0]?.score).toBeCloseTo(5 / 9, 6);
    expect(quantized.top?.[0]).toMatchObject({ class: 0, name: null });
    expect([float.boxes, float.mask]).toEqual([null, null]);
    // Probabilities of the float model stay as they are.
    expect(seenBy(task, data, image, [output('y', [1, 4], [0, 0.25, 0, 0.75])], [logits]).float.top?.[0]?.score).toBe(0.75);
  });

  it('are boxes in pixels of the image', () => {
    const task = v.parse(TaskSchema, { task: 'detection', decoder: { kind: 'ssd', background: false, normalized: true }, classOffset: 0 });
    const outputs = [output('boxes', [1, 2, 4], [0.25, 0.5, 0.75, 1, 0, 0, 1, 1]), output('scores', [1, 2, 2], [0, 0.9, 0.04, 0])];
    const { float } = seenBy(task, data, image, outputs, outputs);
    // A quarter to three quarters of 16 columns, a half to the end of 8 rows; the second is too weak to be looked at.
    expect(float.boxes).toHaveLength(1);
    expect(float.boxes?.[0]).toMatchObject({ x: 4, y: 4, width: 8, height: 4, class: 1, name: 'dog' });
    const item = { file: 'a', label: null, boxes: [{ class: 2, x: 1, y: 2, width: 3, height: 4 }] };
    expect(truthBoxes(task, data, item)).toEqual([{ class: 2, x: 1, y: 2, width: 3, height: 4, name: 'bird', score: null }]);
    expect(truthBoxes(task, data, { file: 'a', label: null })).toBeNull();
  });

  it('are maps of classes in the proportions of the image, and the truth with its classes', () => {
    const task = v.parse(TaskSchema, { task: 'segmentation', mapping: { 7: 1 }, otherwise: 0 });
    // Left half 0, right half 2, at half the size of the input.
    const map = output('y', [1, 4, 4], [0, 0, 2, 2, 0, 0, 2, 2, 0, 0, 2, 2, 0, 0, 2, 2]);
    const { float } = seenBy(task, data, image, [map], [map]);
    expect([float.mask?.width, float.mask?.height]).toEqual([16, 8]);
    expect([...(float.mask?.classes.subarray(0, 16) ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2]);
    const truth = truthMask(task, image, { width: 2, height: 1, values: Uint8Array.of(7, 255) });
    expect([...(truth?.classes.subarray(0, 16) ?? [])]).toEqual([...new Array<number>(8).fill(1), ...new Array<number>(8).fill(NO_CLASS)]);
  });

  it('is nothing to show for other outputs', () => {
    const nothing = { top: null, boxes: null, mask: null };
    const outputs = [output('y', [1, 3, 8, 8], new Array<number>(192).fill(0))];
    expect(seenBy(v.parse(TaskSchema, { task: 'regression' }), data, image, outputs, outputs)).toEqual({ float: nothing, quantized: nothing });
    expect(seenBy(v.parse(TaskSchema, { task: 'agreement' }), data, image, outputs, outputs)).toEqual({ float: nothing, quantized: nothing });
  });
});
