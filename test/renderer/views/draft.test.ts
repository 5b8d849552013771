import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { PreprocessSchema, type Preprocess } from '../../../src-main/contract/preprocess.ts';
import { normalised, parseNumber, readDraft, toDraft, withColor, write } from '../../../src-renderer/views/data/draft.ts';

const imagenet = v.parse(PreprocessSchema, {
  resize: { shortSide: 256 }, centerCrop: [224, 224], color: 'RGB', layout: 'NCHW', scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225],
}); // prettier-ignore

describe('the preprocessing form', () => {
  it.each<[string, object]>([
    ['short side and centre crop', imagenet],
    [
      'crop fraction and exact size',
      { crop: { fraction: 0.875 }, resize: { width: 96, height: 64, filter: 'nearest' }, color: 'BGR', layout: 'NHWC', type: 'uint8', labelOffset: -1 },
    ],
    ['fit with padding', { resize: { fit: [640, 640], anchor: 'top-left', pad: 114, filter: 'bicubic' }, color: 'RGB', layout: 'NCHW' }],
    ['gray without anything', { color: 'gray', layout: 'NCHW', mean: [0.1307], std: [0.3081] }],
  ])('writes back what it read: %s', (_, given) => {
    const preprocess = v.parse(PreprocessSchema, given);
    const back = readDraft(toDraft(preprocess)).value;
    // One value for all channels is shown, and saved, for each of them.
    const channels = preprocess.color === 'gray' ? 1 : 3;
    const each = (values: number[]): number[] => Array.from({ length: channels }, (_unused, i) => values[i] ?? values[0] ?? 0);
    expect(back).toEqual({ ...preprocess, mean: each(preprocess.mean), std: each(preprocess.std) });
  });

  it('says which field is wrong and how', () => {
    const draft = toDraft(imagenet);
    expect(readDraft({ ...draft, scale: 'abc' }).issues).toEqual({ scale: 'not a number' });
    expect(readDraft({ ...draft, std: ['1', '0', '1'] }).issues).toEqual({ std: 'not 0' });
    expect(readDraft({ ...draft, shortSide: '0' }).issues).toEqual({ shortSide: 'a whole number, 1 to 16384' });
    expect(readDraft({ ...draft, resize: 'exact', height: '3.5' }).issues).toEqual({ height: 'a whole number, 1 to 16384' });
    expect(readDraft({ ...draft, resize: 'fit', pad: '256' }).issues).toEqual({ pad: '0 to 255' });
    expect(readDraft({ ...draft, crop: true, cropFraction: '1.5' }).issues).toEqual({ cropFraction: 'more than 0, at most 1' });
    expect(readDraft({ ...draft, centerWidth: '' }).issues).toEqual({ centerWidth: 'not a number' });
    expect(readDraft({ ...draft, labelOffset: '0.5' }).issues).toEqual({ labelOffset: 'a whole number' });
  });

  it('ignores what is switched off', () => {
    const draft = { ...toDraft(imagenet), resize: 'none' as const, shortSide: 'x', center: false, centerWidth: 'x', crop: false, cropFraction: 'x' };
    const { value } = readDraft(draft);
    expect(value).not.toBeNull();
    expect(value && ('resize' in value || 'centerCrop' in value || 'crop' in value)).toBe(false);
  });

  it('turns the means around with the colour order', () => {
    const bgr = withColor(toDraft(imagenet), 'BGR');
    expect(bgr.mean).toEqual(['0.406', '0.456', '0.485']);
    expect(withColor(bgr, 'RGB')).toEqual(toDraft(imagenet));
    expect(normalised(bgr, 'ImageNet').std).toEqual(['0.225', '0.224', '0.229']);
  });
});

describe('numbers as they are typed', () => {
  it('reads fractions and refuses what is no number', () => {
    expect(parseNumber('1/255')).toBe(1 / 255);
    expect(parseNumber(' 1e-3 ')).toBe(0.001);
    expect(parseNumber('−1')).toBe(-1);
    for (const text of ['', 'a', '1/', '/2', '1/0', '1/2/3', 'Infinity']) expect(parseNumber(text)).toBeNull();
  });

  it('writes every number so that it is read back exactly', () => {
    expect(write(1 / 255)).toBe('1/255');
    expect(write(0.5)).toBe('0.5');
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => parseNumber(write(value)) === value || value === 0));
    fc.assert(fc.property(fc.integer({ min: 1, max: 65_536 }), (n) => parseNumber(write(1 / n)) === 1 / n));
  });

  it('never calls a draft good that the contract refuses', () => {
    const text = fc.constantFrom('1', '0', '-1', '', 'x', '224', '0.5', '1/255', '1e9');
    const three = fc.array(text, { minLength: 3, maxLength: 3 });
    const typed = fc.record({
      resize: fc.constantFrom('none' as const, 'shortSide' as const, 'exact' as const, 'fit' as const), crop: fc.boolean(), center: fc.boolean(),
      cropFraction: text, shortSide: text, width: text, height: text, pad: text, centerWidth: text, centerHeight: text, scale: text, mean: three, std: three, labelOffset: text,
    }); // prettier-ignore
    fc.assert(
      fc.property(typed, (fields) => {
        const reading = readDraft({ ...toDraft(imagenet), ...fields });
        if (reading.value) v.parse(PreprocessSchema, reading.value satisfies Preprocess);
        else expect(Object.keys(reading.issues)).not.toHaveLength(0);
      }),
    );
  });
});
