import { describe, expect, test } from 'vitest';
import { parseClassNames, parseLabelsCsv } from '../../../src-main/core/data/labels.ts';

const read = (text: string) => parseLabelsCsv(text, 'labels.csv');

describe('parseLabelsCsv', () => {
  test('reads files, indices and names, in any column order, with quotes, BOM and Windows line ends', () => {
    const labels = read('\uFEFFclass,class_index,File,note\r\ncat,1,"a, b.jpg",x\r\n\r\ndog,0,.\\sub\\c.jpg,\r\n');
    expect([...labels.byFile]).toEqual([
      ['a, b.jpg', 1],
      ['sub/c.jpg', 0],
    ]);
    expect(labels.classes).toEqual(['dog', 'cat']);
  });

  test('takes names from a wnid column, and none where there is no such column', () => {
    expect(read('file,class_index,wnid\na.jpg,0,n01440764\n').classes).toEqual(['n01440764']);
    expect(read('file,class_index\na.jpg,4\n').classes).toEqual([]);
  });

  test.each([
    ['', 'columns'],
    ['image,label\na.jpg,0\n', '"file" and "class_index"'],
    ['file,class_index\n', 'names no files'],
    ['file,class_index\na.jpg,cat\n', 'line 2 has the class index "cat"'],
    ['file,class_index\na.jpg,-1\n', 'line 2 has the class index "-1"'],
    ['file,class_index\na.jpg,0\na.jpg,1\n', 'line 3 names "a.jpg" a second time'],
    ['file,class_index\n../a.jpg,0\n', 'line 2 names "../a.jpg"'],
    ['file,class_index\n/etc/a.jpg,0\n', 'line 2 names "/etc/a.jpg"'],
    ['file,class_index\n"a.jpg,0\n', 'labels.csv cannot be read'],
  ])('refuses %j', (text, words) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'data-labels-invalid', message: expect.stringContaining(words) }));
  });
});

describe('parseClassNames', () => {
  test.each([
    ['["a", "b"]', ['a', 'b']],
    ['{"0": "a", "2": "c"}', ['a', '', 'c']],
    ['[{"index": 1, "name": "b", "wnid": "n1"}, {"index": 0, "name": "a"}]', ['a', 'b']],
    ['not json', null],
    ['[1, 2]', null],
    ['3', null],
  ])('%s', (text, names) => {
    expect(parseClassNames(text)).toEqual(names);
  });
});
