import { describe, expect, it } from 'vitest';
import { parseAnnotations } from '../../../src-main/core/data/annotations.ts';
import { parseLabelsCsv } from '../../../src-main/core/data/labels.ts';
import { parseLabelsJson } from '../../../src-main/core/data/labels-json.ts';

const coco = (annotations: object[], images: object[] = [{ id: 7, file_name: 'a.jpg', width: 100, height: 50 }]) =>
  JSON.stringify({ images, annotations, categories: [{ id: 18, name: 'dog' }, { id: 3, name: 'car' }] }); // prettier-ignore
const box = (bbox: number[], more: object = {}) => ({ image_id: 7, category_id: 18, bbox, ...more });
const refused = (text: string, words: string) =>
  expect(() => parseAnnotations(text, 'x.json')).toThrow(
    expect.objectContaining({ code: 'data-labels-invalid', message: expect.stringContaining(words) as string }) as Error,
  );

describe('COCO JSON', () => {
  it('makes classes of category ids in their order, and keeps crowds and areas', () => {
    const read = parseAnnotations(coco([box([1, 2, 3, 4], { iscrowd: 1, area: 5 }), box([0, 0, 9, 9], { category_id: 3 })]), 'x.json');
    expect(read.classes).toEqual(['car', 'dog']);
    expect(read.images).toEqual([
      {
        file: 'a.jpg',
        boxes: [
          { class: 1, x: 1, y: 2, width: 3, height: 4, crowd: true, area: 5 },
          { class: 0, x: 0, y: 0, width: 9, height: 9 },
        ],
      },
    ]);
  });

  it('cuts boxes to their image, leaves out those outside and those without area, and counts all', () => {
    const read = parseAnnotations(coco([box([90, 40, 20, 20], { area: 300 }), box([100.4, 0, 5, 5]), box([200, 0, 5, 5]), box([5, 5, 0, 5]), box([-0.5, 0, 10, 10])]), 'x.json'); // prettier-ignore
    expect(read.images[0]?.boxes).toEqual([
      { class: 1, x: 90, y: 40, width: 10, height: 10 },
      // Less than a pixel over the edge is rounding.
      { class: 1, x: -0.5, y: 0, width: 10, height: 10 },
    ]);
    expect(read).toMatchObject({ clipped: 1, outside: ['a.jpg'], empty: 1 });
  });

  it('knows an image without objects', () => {
    expect(parseAnnotations(coco([]), 'x.json').images).toEqual([{ file: 'a.jpg', boxes: [] }]);
  });

  it('is refused with the reason', () => {
    refused('{', 'not valid JSON');
    refused('[]', 'it must be COCO');
    refused(coco([box([1, 2, 3])]), 'bbox');
    refused(coco([{ ...box([1, 2, 3, 4]), image_id: 8 }]), 'the image 8');
    refused(coco([{ ...box([1, 2, 3, 4]), category_id: 4 }]), 'the category 4');
    refused(coco([], [{ id: 1, file_name: '../a.jpg' }]), 'not a path inside');
  });
});

it('the simple form, with masks', () => {
  const text = JSON.stringify({ classes: ['a'], images: [{ file: 'i/1.png', width: 10, height: 10, mask: 'm/1.png', boxes: [{ class: 0, x1: 1, y1: 1, x2: 4, y2: 6 }] }] }); // prettier-ignore
  expect(parseAnnotations(text, 'x.json').images).toEqual([{ file: 'i/1.png', mask: 'm/1.png', boxes: [{ class: 0, x: 1, y: 1, width: 3, height: 5 }] }]);
  refused(text.replace('"class":0', '"class":1'), 'has the class 1, and there are 1 classes');
});

describe('labels.json of raw features', () => {
  const text = (more: object = {}) =>
    JSON.stringify({ shape: [2, 3], dtype: 'int8', dequantise: '(q - 83) * 0.5', classes: ['a', 'b'], labels: [1, 0], ...more });

  it('says shape, scale and labels', () => {
    expect(parseLabelsJson(text(), 'x')).toEqual({ spec: { type: 'int8', shape: [3], scale: 0.5, zeroPoint: 83 }, count: 2, labels: [1, 0], classes: ['a', 'b'] }); // prettier-ignore
    expect(parseLabelsJson(text({ dequantise: undefined, labels: undefined }), 'x')).toMatchObject({ spec: { scale: 1, zeroPoint: 0 }, labels: null });
    expect(parseLabelsJson('{"some": "thing"}', 'x')).toBeNull();
  });

  it('is refused when it does not add up', () => {
    expect(() => parseLabelsJson(text({ labels: [1] }), 'x')).toThrow(/1 labels for 2 samples/);
    expect(() => parseLabelsJson(text({ dequantise: 'q / 2' }), 'x')).toThrow(/must be like/);
  });
});

it('labels.csv: the only column of whole numbers is the class, whatever it is called', () => {
  expect(parseLabelsCsv('file,person,who\na.jpg,1,x\nb.jpg,0,y\n', 'x')).toMatchObject({ column: 'person', byFile: new Map([['a.jpg', 1], ['b.jpg', 0]]) }); // prettier-ignore
  expect(() => parseLabelsCsv('file,a,b\na.jpg,1,2\n', 'x')).toThrow(/class_index/);
});
