import { describe, expect, it } from 'vitest';
import { parsePreprocess } from '../../../src-main/core/data/data-files.ts';
import { planGeometry } from '../../../src-main/core/data/geometry.ts';
import { intersection, overlap, type Detection } from '../../../src-main/core/detect/box.ts';
import type { Output } from '../../../src-main/core/detect/output.ts';
import { suppress } from '../../../src-main/core/detect/suppress.ts';
import { toImage } from '../../../src-main/core/detect/to-image.ts';
import { decodeYolox } from '../../../src-main/core/detect/yolox.ts';

const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

describe('overlap', () => {
  it('is intersection over union', () => {
    expect(overlap(box(0, 0, 10, 10), box(5, 0, 10, 10))).toBeCloseTo(50 / 150, 12);
    expect(overlap(box(0, 0, 10, 10), box(2, 2, 5, 5))).toBe(0.25);
    expect(overlap(box(0, 0, 10, 10), box(0, 0, 10, 10))).toBe(1);
  });

  it('is nothing for boxes that touch, miss each other or have no area', () => {
    expect(overlap(box(0, 0, 10, 10), box(10, 0, 10, 10))).toBe(0);
    expect(intersection(box(0, 0, 10, 10), box(20, 20, 5, 5))).toBe(0);
    expect(overlap(box(3, 3, 0, 0), box(3, 3, 0, 0))).toBe(0);
  });
});

describe('suppression', () => {
  const detection = (score: number, x: number, index = 0): Detection => ({ class: index, score, ...box(x, 0, 10, 10) });

  it('keeps the surest of those that overlap too much', () => {
    // IoU of neighbours by shift: 1 → 9/11, 5 → 1/3, 6 → 1/4.
    expect(suppress([detection(0.5, 1), detection(0.9, 0), detection(0.4, 6)], 0.3)).toEqual([detection(0.9, 0), detection(0.4, 6)]);
    expect(suppress([detection(0.9, 0), detection(0.8, 5)], 1 / 3)).toHaveLength(2);
    expect(suppress([detection(0.9, 0), detection(0.8, 5)], 0.33)).toHaveLength(1);
  });

  it('is no chain: what was suppressed suppresses nothing', () => {
    expect(suppress([detection(0.9, 0), detection(0.8, 4), detection(0.7, 8)], 0.3)).toEqual([detection(0.9, 0), detection(0.7, 8)]);
  });

  it('lets classes overlap each other, and stops at the limit', () => {
    const all = [detection(0.9, 0), detection(0.8, 0, 1), detection(0.7, 50)];
    expect(suppress(all, 0.5)).toEqual(all);
    expect(suppress(all, 0.5, 2)).toEqual(all.slice(0, 2));
    expect(suppress([], 0.5)).toEqual([]);
  });
});

describe('YOLOX head', () => {
  // 32×16 pixels: 4×2 cells of 8, then 2×1 cells of 16; 2 classes, so rows of 7.
  const head = { input: { width: 32, height: 16 }, strides: [8, 16] };
  const output = (rows: Record<number, number[]>): Output => {
    const values = new Float32Array(10 * 7);
    for (const [cell, row] of Object.entries(rows)) values.set(row, Number(cell) * 7);
    return { name: 'output', dims: [1, 10, 7], values };
  };

  it('adds the cell, multiplies by the stride, and takes the exponential of the size', () => {
    // Cell 6 of the first grid: column 2, row 1. Cell 9 is column 1 of the second.
    const found = decodeYolox(output({ 6: [0.5, 0.25, 0, Math.log(2), 0.5, 0.25, 0.5], 9: [0, 0.5, Math.log(1.5), 0, 1, 0.75, 0] }), head, 0.2);
    expect(found).toHaveLength(2);
    // Centre (2.5, 1.25)·8 = (20, 10), size 8 × 16.
    expect(found[0]).toEqual({ class: 1, score: 0.25, x: 16, y: expect.closeTo(2, 5) as number, width: 8, height: expect.closeTo(16, 5) as number });
    // Centre (1, 0.5)·16 = (16, 8), size 24 × 16.
    expect(found[1]).toEqual({ class: 0, score: 0.75, x: expect.closeTo(4, 5) as number, y: 0, width: expect.closeTo(24, 5) as number, height: 16 });
  });

  it('leaves out what is below the score, and NaN', () => {
    expect(decodeYolox(output({ 0: [0, 0, 0, 0, 0.5, 0.5, 0], 1: [0, 0, 0, 0, NaN, 1, 1] }), head, 0.26)).toEqual([]);
    expect(decodeYolox(output({ 0: [0, 0, 0, 0, 0.5, 0.5, 0] }), head, 0.25)).toHaveLength(1);
  });

  it('says which output it needs when it gets another', () => {
    const message =
      'The decoder "yolox" needs an output of [1, 10, 5 + classes] (strides 8, 16 on 32×16), and there is "boxes" [1, 9, 7]; correct the decoder of the task.';
    expect(() => decodeYolox({ name: 'boxes', dims: [1, 9, 7], values: new Float32Array(63) }, head, 0.1)).toThrow(expect.objectContaining({ code: 'model-mismatch', message }) as Error); // prettier-ignore
  });
});

describe('back to the image', () => {
  const preprocess = (json: object) => parsePreprocess(JSON.stringify({ color: 'RGB', layout: 'NCHW', ...json }), 'test');
  const image = { width: 800, height: 400 };

  it.each([
    ['nothing', {}, box(10, 20, 30, 40), box(10, 20, 30, 40)],
    ['fit into a corner', { resize: { fit: [416, 416], anchor: 'top-left', pad: 114 } }, box(41.6, 20.8, 104, 52), box(80, 40, 200, 100)],
    // 400×200 with 100 above and below.
    ['fit into the middle', { resize: { fit: [400, 400], anchor: 'center' } }, box(40, 120, 100, 50), box(80, 40, 200, 100)],
    ['plain resize', { resize: { width: 400, height: 100 } }, box(40, 10, 100, 25), box(80, 40, 200, 100)],
    // The middle half of the short side is 200×200 from (300, 100), resized to 100×100.
    ['crop and resize', { crop: { fraction: 0.5 }, resize: { width: 100, height: 100 } }, box(0, 0, 50, 100), box(300, 100, 100, 200)],
    // 400×200, of which the middle 200×100 from (100, 50).
    ['short side and centre crop', { resize: { shortSide: 200 }, centerCrop: [200, 100] }, box(0, 0, 200, 100), box(200, 100, 400, 200)],
  ])('undoes %s', (_, json, inTensor, inImage) => {
    const result = toImage(inTensor, planGeometry(image, preprocess(json)), image);
    for (const key of ['x', 'y', 'width', 'height'] as const) expect(result[key]).toBeCloseTo(inImage[key], 9);
  });
});
