import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { DecoderSchema } from '../../../src-main/contract/task.ts';
import { decoderClasses, detect } from '../../../src-main/core/detect/decode.ts';
import { guessDecoder } from '../../../src-main/core/detect/guess-decoder.ts';
import type { Output } from '../../../src-main/core/detect/output.ts';

const INPUT = { width: 100, height: 50 };
const output = (name: string, dims: number[], values: number[]): Output => ({ name, dims, values: Float32Array.from(values) });
const rules = (decoder: v.InferInput<typeof DecoderSchema>, minScore = 0.1) => ({ decoder: v.parse(DecoderSchema, decoder), minScore, maxOverlap: 0.5 });
const close = (value: number): number => expect.closeTo(value, 4) as number;
const refusal = (message: string) => expect.objectContaining({ code: 'model-mismatch', message: expect.stringContaining(message) as string }) as Error;

describe('YOLOv5', () => {
  const rows = output('out', [1, 2, 7], [50, 25, 20, 10, 0.5, 0.2, 0.8, 10, 10, 4, 4, 0.05, 1, 1]);

  it('takes each row as centre and size, with objectness times the best class', () => {
    expect(detect([rows], rules({ kind: 'yolov5' }), INPUT)).toEqual([{ class: 1, score: close(0.4), x: 40, y: 20, width: 20, height: 10 }]);
  });

  it('multiplies by the input where boxes are in 0…1', () => {
    const one = output('out', [1, 1, 6], [0.5, 0.5, 0.25, 0.5, 1, 1]);
    expect(detect([one], rules({ kind: 'yolov5', normalized: true }), INPUT)).toEqual([{ class: 0, score: 1, x: 37.5, y: 12.5, width: 25, height: 25 }]);
  });

  it('says what it needs and what is there', () => {
    expect(() => detect([output('a', [1, 5], [1, 2, 3, 4, 5])], rules({ kind: 'yolov5' }), INPUT)).toThrow(refusal('needs an output of [1, n, 5 + classes], and there is "a" [1, 5]')); // prettier-ignore
    expect(() => detect([rows], rules({ kind: 'yolov5', output: 'boxes' }), INPUT)).toThrow(refusal('asks for the output "boxes", and the model has no such output; it has "out"')); // prettier-ignore
  });
});

describe('YOLOv8', () => {
  // Three classes, eight boxes, of which only number 2 is seen.
  const boxes = Array.from({ length: 8 }, (_, i) => (i === 2 ? [30, 20, 10, 8, 0.1, 0.2, 0.9] : [0, 0, 1, 1, 0, 0, 0.05]));
  const expected = [{ class: 2, score: close(0.9), x: 25, y: 16, width: 10, height: 8 }];

  it('reads fields by box, and the transposed form', () => {
    const columns = Array.from({ length: 7 }, (_, field) => boxes.map((box) => box[field] as number)).flat();
    expect(detect([output('o', [1, 7, 8], columns)], rules({ kind: 'yolov8' }), INPUT)).toEqual(expected);
    expect(detect([output('o', [1, 8, 7], boxes.flat())], rules({ kind: 'yolov8' }), INPUT)).toEqual(expected);
  });

  it('refuses an output without room for a class', () => {
    expect(() => detect([output('o', [1, 4, 8], new Array<number>(32).fill(0))], rules({ kind: 'yolov8' }), INPUT)).toThrow(refusal('[1, 4 + classes, n]'));
  });
});

describe('YOLOX with its grid in the model', () => {
  it('takes centre and size as they are', () => {
    const values = new Array<number>(8 * 6).fill(0);
    values.splice(6, 6, 30, 20, 10, 8, 1, 0.5);
    const found = detect([output('o', [1, 8, 6], values)], rules({ kind: 'yolox', strides: [25], decoded: true }), INPUT);
    expect(found).toEqual([{ class: 0, score: 0.5, x: 25, y: 16, width: 10, height: 8 }]);
  });
});

describe('SSD', () => {
  const boxes = output('boxes', [1, 2, 4], [0.1, 0.2, 0.3, 0.6, 0.5, 0.5, 0.9, 0.9]);

  it('takes corners in 0…1, every class above the score, and leaves out the background', () => {
    const scores = output('scores', [1, 2, 3], [0.1, 0.6, 0.3, 0.9, 0.05, 0.05]);
    const box = { x: close(10), y: close(10), width: close(20), height: close(20) };
    expect(detect([scores, boxes], rules({ kind: 'ssd' }), INPUT)).toEqual([
      { class: 0, score: close(0.6), ...box },
      { class: 1, score: close(0.3), ...box },
    ]);
    expect(detect([scores, boxes], rules({ kind: 'ssd', background: false }, 0.8), INPUT)).toMatchObject([{ class: 0, score: close(0.9) }]);
  });

  it('makes logits probabilities first: softmax over all classes, sigmoid without a background', () => {
    const logits = output('scores', [1, 2, 2], [0, Math.log(3), 0, -20]);
    expect(detect([logits, boxes], rules({ kind: 'ssd', logits: true }), INPUT)).toMatchObject([{ class: 0, score: close(0.75) }]);
    expect(detect([logits, boxes], rules({ kind: 'ssd', logits: true, background: false }, 0.6), INPUT)).toMatchObject([{ class: 1, score: close(0.75) }]);
  });

  it('moves anchors by offsets with their variances', () => {
    const offsets = output('boxes', [1, 1, 4], [1, -1, Math.log(2) / 0.2, 0]);
    const scores = output('scores', [1, 1, 2], [0, 1]);
    const anchors = [[0.5, 0.5, 0.2, 0.4]] as [number, number, number, number][];
    // Centre (0.5 + 0.1·0.2, 0.5 − 0.1·0.4), size (0.4, 0.4), on 100×50.
    expect(detect([offsets, scores], rules({ kind: 'ssd', encoding: 'offsets', anchors }), INPUT)).toEqual([
      { class: 0, score: 1, x: close(32), y: close(13), width: close(40), height: close(20) },
    ]);
    expect(() => detect([boxes, output('scores', [1, 2, 2], [0, 1, 0, 1])], rules({ kind: 'ssd', encoding: 'offsets', anchors }), INPUT)).toThrow(refusal('anchors (1)')); // prettier-ignore
  });

  it('refuses scores of another number of boxes', () => {
    expect(() => detect([boxes, output('scores', [1, 3, 2], [0, 1, 0, 1, 0, 1])], rules({ kind: 'ssd' }), INPUT)).toThrow(refusal('"boxes" [1, 2, 4] and "scores" [1, 3, 2]')); // prettier-ignore
  });
});

describe('boxes after a suppression in the model', () => {
  const outputs = [
    output('b', [1, 3, 4], [0.2, 0.1, 0.6, 0.3, 0.2, 0.1, 0.6, 0.3, 0, 0, 1, 1]),
    output('c', [1, 3], [4, 4, 0]),
    output('s', [1, 3], [0.6, 0.8, 0.9]),
    output('n', [1], [2]),
  ];

  it('are taken as they are, as many as the count says, surest first', () => {
    const box = { class: 4, x: close(10), y: close(10), width: close(20), height: close(20) };
    expect(detect(outputs, rules({ kind: 'detections', boxes: 'b', classes: 'c', scores: 's', count: 'n' }), INPUT)).toEqual([
      { ...box, score: close(0.8) },
      { ...box, score: close(0.6) },
    ]);
  });

  it('refuses lists of another length', () => {
    const spec = rules({ kind: 'detections', boxes: 'b', classes: 'c', scores: 'n' });
    expect(() => detect(outputs, spec, INPUT)).toThrow(refusal('classes and scores of [1, n] each'));
  });
});

describe('the decoder that the outputs fit', () => {
  const input = { width: 416, height: 416 };
  const shape = (name: string, ...dims: number[]) => ({ name, dims });

  it.each([
    ['YOLOX', [shape('output', 1, 3549, 85)], 80, { kind: 'yolox', output: 'output' }],
    ['YOLOv5', [shape('o', 1, 3 * 3549, 85)], 80, { kind: 'yolov5' }],
    ['YOLOv8', [shape('o', 1, 84, 3549)], 0, { kind: 'yolov8' }],
    ['YOLOv8, transposed', [shape('o', 1, 3549, 84)], 80, { kind: 'yolov8' }],
    ['UltraFace', [shape('scores', 1, 4420, 2), shape('boxes', 1, 4420, 4)], 1, { kind: 'ssd', boxes: 'boxes', scores: 'scores', background: true }],
    ['a detector with four outputs', [shape('detection_boxes', 1, 10, 4), shape('detection_classes', 1, 10), shape('detection_scores', 1, 10), shape('num', 1)], 3, { kind: 'detections', count: 'num' }], // prettier-ignore
  ])('%s', (_, outputs, classes, expected) => {
    const found = guessDecoder(outputs, input, classes);
    expect(found).toMatchObject(expected);
  });

  it('is none for class scores and for maps', () => {
    expect(guessDecoder([shape('o', 1, 1000)], input, 0)).toBeNull();
    expect(guessDecoder([shape('o', 1, 21, 513, 513)], input, 21)).toBeNull();
  });

  it('knows how many classes it tells apart', () => {
    expect(decoderClasses(v.parse(DecoderSchema, { kind: 'ssd' }), [shape('scores', 1, 4420, 2), shape('boxes', 1, 4420, 4)])).toBe(1);
    expect(decoderClasses(v.parse(DecoderSchema, { kind: 'yolov8' }), [shape('o', 1, 84, 3549)])).toBe(80);
  });
});
