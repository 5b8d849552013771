import { describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE, type Override } from '../../../src-main/contract/recipe.ts';
import type { PredictedError, QuantizedTensor } from '../../../src-main/contract/results.ts';
import { readOverrideDraft, toOverrideDraft } from '../../../src-renderer/views/recipe/override-draft.ts';
import { tensorRows } from '../../../src-renderer/views/recipe/tensor-rows.ts';

describe('the editor of an override', () => {
  it.each<Override>([
    {},
    { type: 'int16', symmetric: true, codes: 'full' },
    { granularity: 'per-tensor', symmetric: false, min: -1, max: 3 },
    { scale: 0.0235, zeroPoint: 128 },
  ])('writes back what it read: %j', (override) => expect(readOverrideDraft(toOverrideDraft(override))).toEqual({ override, issue: null }));

  const draft = toOverrideDraft({});
  it('takes fractions and the typographic minus', () =>
    expect(readOverrideDraft({ ...draft, range: 'ends', min: '\u22121/2', max: '1e-3' }).override).toEqual({ min: -0.5, max: 0.001 }));

  it.each([
    ['a missing end', { range: 'ends', min: '1', max: '' }, 'both ends'],
    ['ends the wrong way round', { range: 'ends', min: '2', max: '1' }, 'above'],
    ['a scale of nothing', { range: 'scale', scale: '0', zeroPoint: '0' }, 'above 0'],
    ['half a zero point', { range: 'scale', scale: '0.1', zeroPoint: '0.5' }, 'whole number'],
  ] as const)('says what is wrong with %s', (_, change, words) => {
    const { override, issue } = readOverrideDraft({ ...draft, ...change });
    expect(override).toBeNull();
    expect(issue).toContain(words);
  });

  it('forgets numbers of a range that is no longer given', () =>
    expect(readOverrideDraft({ ...draft, min: '5', max: '1', scale: 'x', range: 'found' })).toEqual({ override: {}, issue: null }));
});

describe('the table of tensors', () => {
  const predicted: PredictedError[] = [{ tensor: 'x', node: 'conv', op: 'Conv', min: -1, max: 3, sqnrDb: 41, clipped: 0.1 }];
  const tensor = (name: string, kind: QuantizedTensor['kind']): QuantizedTensor => ({
    name, kind, type: 'int8', granularity: 'per-channel', axis: 0, symmetric: true, scale: [1, 2], zeroPoint: [0, 0], range: { min: [-1, -2], max: [1, 2] }, origin: 'weights',
  }); // prettier-ignore
  const last = [tensor('x', 'activation'), tensor('gone', 'activation'), tensor('w', 'weight'), tensor('b', 'bias')];

  it('has the predicted activations and the weights of the last run', () => {
    const rows = tensorRows(DEFAULT_RECIPE, predicted, last);
    expect(rows.map(({ name, kind, range, sqnrDb }) => ({ name, kind, range, sqnrDb }))).toEqual([
      { name: 'x', kind: 'activation', range: { min: -1, max: 3 }, sqnrDb: 41 },
      { name: 'w', kind: 'weight', range: { min: -2, max: 2 }, sqnrDb: null },
    ]);
  });

  it('falls back on the last run where nothing is predicted', () =>
    expect(tensorRows(DEFAULT_RECIPE, null, last).map(({ name }) => name)).toEqual(['x', 'gone', 'w']));

  it('shows an override on its tensor, and keeps one in reach whose tensor is not there', () => {
    const rows = tensorRows({ ...DEFAULT_RECIPE, overrides: { x: { type: 'int16' }, nowhere: { symmetric: true } } }, predicted, []);
    expect(rows.map(({ name, type, override }) => ({ name, type, override }))).toEqual([
      { name: 'x', type: 'int16', override: { type: 'int16' } },
      { name: 'nowhere', type: 'uint8', override: { symmetric: true } },
    ]);
  });
});
